#include <algorithm>

#include "report/json_parts.h"
#include "report/wall_clock.h"

namespace loopstall {

Json json_of(const Split& split, std::uint64_t busy_ns) {
  const std::uint64_t booked = split.cpu_ns + split.blocked_ns + split.runqueue_ns;
  return {{"cpu_ns", split.cpu_ns},           {"user_ns", split.user_ns()},
          {"kernel_ns", split.kernel_ns()},   {"user_kernel_samples", split.user_samples + split.kernel_samples},
          {"user_kernel_estimated", true},    {"blocked_ns", split.blocked_ns},
          {"runqueue_ns", split.runqueue_ns}, {"unaccounted_ns", static_cast<std::int64_t>(busy_ns - booked)}};
}

Json facts_of(const Stall& stall, const Summary& summary) {
  const SessionInfo& info = summary.info;
  Json json = {{"pid", stall.pid},
               {"tid", stall.tid},
               {"iteration", stall.iteration},
               {"start_ns", epoch_ns(info, stall.start_ns)},
               {"start_offset_ns", static_cast<std::int64_t>(stall.start_ns - info.start_ns)},
               {"busy_ns", stall.busy_ns},
               {"own_ns", stall.busy_ns - std::min(stall.busy_ns, stall.split.runqueue_ns)},
               {"ongoing", stall.ongoing},
               {"before_attach", stall.before_attach},
               {"split", json_of(stall.split, stall.busy_ns)},
               {"delayed", blame_json(stall.delayed, summary)}};
  add_findings(json, stall, summary);
  return json;
}

Json json_of(const Stall& stall, const Summary& summary) {
  Json json = facts_of(stall, summary);
  add_looks(json, stall, summary);
  return json;
}

}  // namespace loopstall
