#include "cli/query.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>

#include "cli/talk.h"
#include "recording/select.h"
#include "report/query_table.h"

namespace loopstall {
namespace {

using Render = std::string (*)(const Table&);

struct TableFormat {
  std::string_view name;
  Render render;
};
constexpr std::array<TableFormat, 3> kTableFormats{
    {{"text", table_as_text}, {"json", table_as_json}, {"csv", table_as_csv}}};

Result<Render> render_as(std::string_view format) {
  for (const TableFormat& known : kTableFormats)
    if (known.name == format) return known.render;
  return usage_error(fmt::format("--sql prints text, json or csv, not {}", format));
}

}  // namespace

Result<> answer_query(const ReportOptions& options) {
  if (!options.output.files.empty()) return usage_error("--sql prints to standard output; leave -o away");
  const auto render = render_as(options.output.format.empty() ? "text" : options.output.format);
  if (!render) return tl::unexpected(render.error());
  return select_from_recording(options.recording, options.sql).and_then([&](const Table& table) {
    return write_all(STDOUT_FILENO, (*render)(table));
  });
}

}  // namespace loopstall
