#include "report/text_names.h"

#include <algorithm>

#include "base/path.h"
#include "diagnosis/diagnosis.h"
#include "report/utf8.h"

namespace loopstall {
namespace {

Frame frame_of(const SourceName& source) { return {.function = source.name, .file = source.file, .line = source.line}; }

}  // namespace

std::string short_place(const SourceName& source) { return short_place(frame_of(source)); }

std::string name_and_place(const SourceName& source, unsigned columns) {
  return name_and_place(frame_of(source), columns);
}

std::string short_place(const Frame& frame) {
  const std::string place = clean(place_text(frame));
  return std::string(basename_of(place));
}

std::string name_and_place(const Frame& frame, unsigned columns) {
  const std::string place = cut(short_place(frame), std::max(columns / 2, 8U));
  const unsigned taken = place.empty() ? 0 : display_columns(place) + 1;
  const std::string name = clean(frame.function, columns > taken ? columns - taken : 0);
  return place.empty() ? name : name + " " + place;
}

std::string long_place(const Frame& frame, unsigned columns) {
  std::string place = clean(place_text(frame));
  if (display_columns(place) <= columns) return place;
  while (!place.empty() && display_columns(place) + 1 > columns) place.erase(0, next_rune(place).bytes);
  const std::size_t folder = place.find('/');
  return columns ? "…" + (folder == std::string::npos ? place : place.substr(folder)) : "";
}

}  // namespace loopstall
