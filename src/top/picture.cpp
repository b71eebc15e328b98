#include "top/picture.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "report/text_units.h"
#include "report/utf8.h"
#include "top/parts.h"
#include "top/tables.h"

namespace loopstall::top {
namespace {

constexpr std::size_t kDetails = 2;                    // lines
constexpr unsigned kDetailsFrom = 20, kAiryFrom = 24;  // rows

using Lines = std::vector<std::string>;

template <class Write>
Lines lines_of(const ReportStyle& style, Write write) {
  Canvas canvas(style);
  write(canvas);
  Lines lines;
  const std::string text = canvas.take();
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
    lines.push_back(text.substr(at, text.find('\n', at) - at));
  return lines;
}

void append(Lines& lines, const Lines& more, std::size_t exactly) {
  for (std::size_t i = 0; i < exactly; ++i) lines.push_back(i < more.size() ? more[i] : "");
}

Table table_of(const Shown& shown, const View& view) {
  if (view.table) return *view.table;
  if (!shown.whole.tasks.empty()) return Table::Tasks;
  return shown.whole.requests.empty() ? Table::Culprits : Table::Requests;
}

// Rows of which something was counted in the period.
std::vector<const TaskSummary*> rows_of(const std::vector<TaskSummary>& tasks) {
  std::vector<const TaskSummary*> rows;
  for (const TaskSummary& task : tasks)
    if (task.total.steps) rows.push_back(&task);
  return rows;
}

std::vector<const StallGroup*> rows_of(const std::vector<StallGroup>& groups) {
  std::vector<const StallGroup*> rows;
  for (const StallGroup& group : groups) rows.push_back(&group);
  return rows;
}

std::vector<const RequestSummary*> rows_of(const std::vector<RequestSummary>& requests) {
  std::vector<const RequestSummary*> rows;
  for (const RequestSummary& request : requests) rows.push_back(&request);
  return rows;
}

// Reads that tell no request: part of the heading, as they belong to no row.
std::string untold(const RequestReads& reads) {
  std::string text;
  if (reads.encrypted) text += fmt::format(" · {} encrypted", counted(reads.encrypted, "read"));
  if (reads.not_told) text += fmt::format(" · {} not told", counted(reads.not_told, "read"));
  return text;
}

std::string why_no_requests(const Summary& whole) {
  if (whole.request_reads.measured || !whole.info.duration_ns) return "no request was read so far";
  return "requests are not looked at: it takes --requests, and Linux 6.3";
}

std::string why_no_tasks(const Summary& whole) {
  for (const LoopSummary& loop : whole.loops)
    if (loop.loop.tier != Tier::Tasks && !loop.loop.tier_reason.empty())
      return "no task steps: " + clean(loop.loop.tier_reason, 160);
  return "no task steps were counted so far";
}

class Painter {
 public:
  Painter(const Shown& shown, const View& view, const Size& size, bool color)
      : shown_(shown), view_(view), size_(size), style_{color, size.columns}, table_(table_of(shown, view)) {}

  Picture paint() {
    const Lines top = lines_of(style_, [&](Canvas& canvas) { write_top(canvas); });
    const Lines keys = lines_of(
        style_, [&](Canvas& canvas) { write_keys(canvas, view_, table_, shown_.whole.request_reads.measured); });
    Picture picture{top, {table_, 0, 1}};
    picture.lines.resize(std::min<std::size_t>(top.size(), size_.rows - 1));
    if (size_.rows >= kAiryFrom && picture.lines.size() < size_.rows - 1) picture.lines.emplace_back();
    const std::size_t room = size_.rows - 1 - picture.lines.size();
    append(picture.lines, middle(room, picture.shape), room);
    append(picture.lines, keys, 1);
    return picture;
  }

 private:
  void write_top(Canvas& canvas) {
    write_header(canvas, shown_, size_);
    write_ongoing(canvas, shown_, size_);
    if (!shown_.whole.loops.empty()) write_loops(canvas, shown_, view_.period, size_);
  }

  Lines middle(std::size_t room, Shape& shape) {
    if (view_.help) return help(room);
    if (table_ == Table::Requests) return requests(room, shape);
    return table_ == Table::Tasks ? tasks(room, shape) : culprits(room, shape);
  }

  Lines help(std::size_t room) {
    return lines_of(style_, [&](Canvas& canvas) {
      if (is_roomy(size_)) canvas.heading("Keys");
      write_help(canvas, table_, room - 1);
    });
  }

  Lines tasks(std::size_t room, Shape& shape) {
    const auto rows = rows_of(shown_.of(view_.period).tasks);
    return table(
        room, shape, counted(rows.size(), "task"), rows, task_columns(), write_task,
        [](Canvas& canvas, const TaskSummary& task) { write_details(canvas, task); }, why_no_tasks(shown_.whole));
  }

  Lines culprits(std::size_t room, Shape& shape) {
    const auto rows = rows_of(shown_.of(view_.period).groups);
    return table(
        room, shape, counted(rows.size(), "culprit"), rows, culprit_columns(), write_culprit,
        [&](Canvas& canvas, const StallGroup& group) { write_details(canvas, group, shown_.whole); },
        fmt::format("no stall of {} or more", round_duration(shown_.whole.info.threshold_ns)));
  }

  Lines requests(std::size_t room, Shape& shape) {
    const Summary& summary = shown_.of(view_.period);
    const auto rows = rows_of(summary.requests);
    return table(
        room, shape, counted(rows.size(), "request name") + untold(summary.request_reads), rows, request_columns(),
        write_request, [&](Canvas& canvas, const RequestSummary& row) { write_details(canvas, row, summary); },
        why_no_requests(shown_.whole));
  }

  // Details stand at the bottom, whatever room the rows leave.
  template <class Row, class Details>
  Lines table(std::size_t room, Shape& shape, const std::string& title, const std::vector<const Row*>& rows,
              std::span<const Column<Row>> columns, WriteName<Row> write_name, Details write_details,
              const std::string& nothing) {
    const std::size_t heading = is_roomy(size_) ? 1 : 0, details = size_.rows >= kDetailsFrom ? kDetails : 0;
    if (room <= heading + details + 1) return {};
    const std::size_t lines = room - heading - details;
    shape.rows = rows.size();
    shape.page = lines - 1;
    const Row* selected = nullptr;
    Lines out, upper = lines_of(style_, [&](Canvas&canvas) {
                 if (heading) canvas.heading(title, period_text(view_.period));
                 if (rows.empty()) return canvas.line(Line().add("  ").add(nothing, Ink::Dim));
                 selected = write_rows(canvas, rows, shown_.whole, columns, write_name, view_.of(table_), lines);
               });
    append(out, upper, heading + lines);
    if (selected && details)
      append(out, lines_of(style_, [&](Canvas& canvas) { write_details(canvas, *selected); }), details);
    return out;
  }

  const Shown& shown_;
  const View& view_;
  const Size size_;
  const ReportStyle style_;
  const Table table_;
};

}  // namespace

Picture paint(const Shown& shown, const View& view, const Size& size, bool color) {
  return Painter(shown, view, {std::max(size.columns, 20U), std::max(size.rows, 4U)}, color).paint();
}

}  // namespace loopstall::top
