#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "report/text_sections.h"
#include "report/text_units.h"

namespace loopstall {
namespace {

std::string behind(const LoopSummary& loop) {
  const QueueCounters& queue = loop.loop.queue.total;
  if (loop.loop.tasks.measured_ns)
    return fmt::format("{} behind tasks, {} behind the loop itself", format_duration(loop.tasks_blame_ns),
                       format_duration(loop.loop_blame_ns));
  return fmt::format("{} behind stalls, {} behind shorter work", format_duration(queue.stalled_ns),
                     format_duration(loop.waited_ns - std::min(loop.waited_ns, queue.stalled_ns)));
}

void write_backlog(Canvas& canvas, const QueueCounters& queue) {
  if (queue.refused == 0 && queue.backlog_most <= queue.backlog_limit) return;
  canvas.paragraph(
      fmt::format("accept came too late: up to {} waited for it where the backlog is {}, and the kernel turned "
                  "SYNs or ACKs away {}",
                  counted(queue.backlog_most, "connection"), queue.backlog_limit, counted(queue.refused, "time")),
      2, 4);
}

}  // namespace

void write_queue(Canvas& canvas, const LoopSummary& loop) {
  if (!loop.loop.queue.measured) return;
  if (loop.waited_ns) {
    canvas.blank();
    canvas.paragraph(fmt::format("sockets waited {} in all: {}", format_duration(loop.waited_ns), behind(loop)), 2, 4);
  }
  write_backlog(canvas, loop.loop.queue.total);
}

std::string delayed_text(const Blame& delayed) {
  if (delayed.sockets == 0) return "";
  return fmt::format("{} waited {} in all", counted(delayed.sockets, "other socket"),
                     format_duration(delayed.total_ns));
}

}  // namespace loopstall
