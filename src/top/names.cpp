#include "top/names.h"

#include <algorithm>

#include "report/text_names.h"
#include "report/utf8.h"

namespace loopstall::top {
namespace {

constexpr unsigned kPlaceFrom = 50;  // columns, from which on the place has a column of its own

}  // namespace

void write_function(Line& line, const Frame& frame, unsigned columns, Ink ink) {
  const unsigned begin = line.width();
  if (columns >= kPlaceFrom) {
    const unsigned half = columns / 2;
    line.add(clean(frame.function, half - 2), ink)
        .column(begin + half)
        .add(long_place(frame, columns - half), Ink::Dim);
    return;
  }
  const std::string place = short_place(frame);
  line.add(clean(frame.function, columns), ink);
  if (!place.empty() && line.width() + 1 + display_columns(place) <= begin + columns)
    line.add(" ").add(place, Ink::Dim);
}

}  // namespace loopstall::top
