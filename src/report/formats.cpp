#include <algorithm>
#include <array>

#include "report/report.h"

namespace loopstall {
namespace {

constexpr std::array<ReportFormat, 2> kFormats{{
    {"text", "txt", "for people, on a terminal", render_text},
    {"json", "json", "for programs; docs/report.schema.json describes it", render_json},
}};

template <class Predicate>
const ReportFormat* find_if(Predicate predicate) {
  const auto found = std::find_if(kFormats.begin(), kFormats.end(), predicate);
  return found == kFormats.end() ? nullptr : &*found;
}

// "x.json" ends so, "json" and "xjson" do not; "a.json/x" is no JSON file.
bool has_ending(std::string_view path, std::string_view ending) {
  if (ending.empty() || !path.ends_with(ending)) return false;
  path.remove_suffix(ending.size());
  return path.ends_with('.');
}

}  // namespace

std::span<const ReportFormat> report_formats() { return kFormats; }

const ReportFormat* find_format(std::string_view name) {
  return find_if([&](const ReportFormat& format) { return format.name == name; });
}

const ReportFormat* format_for_path(std::string_view path) {
  return find_if([&](const ReportFormat& format) { return has_ending(path, format.ending); });
}

}  // namespace loopstall
