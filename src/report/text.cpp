#include <fmt/format.h>

#include "report/text_sections.h"

namespace loopstall {

std::string full_name(int pid, int tid) {
  return pid == tid ? fmt::format("pid {}", pid) : fmt::format("pid {} tid {}", pid, tid);
}

std::string short_name(int pid, int tid) {
  return pid == tid ? fmt::format("{}", pid) : fmt::format("{}/{}", pid, tid);
}

std::string render_text(const Summary& summary, const ReportStyle& style) {
  Canvas canvas(style);
  write_verdict(canvas, summary);
  write_session(canvas, summary);
  write_culprits(canvas, summary);
  write_tasks(canvas, summary);
  write_requests(canvas, summary);
  write_stacks(canvas, summary);
  write_overview(canvas, summary);
  write_loops(canvas, summary);
  write_stalls(canvas, summary);
  write_processes(canvas, summary);
  write_trust(canvas, summary);
  write_terms(canvas, summary);
  return canvas.take();
}

}  // namespace loopstall
