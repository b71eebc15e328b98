#include "cli/attached.h"

#include <unistd.h>

namespace loopstall {

// A target that can not be is the user's mistake whoever they are; that one is not found may be for lack of
// permission.
Result<> Attached::find_targets() {
  auto set = resolve_targets(ProcFs(), names_, !measure_flags_.no_follow);
  if (!set && set.error().code == ExitCode::Usage) return tl::unexpected(set.error());
  if (auto permitted = check_permission(); !permitted) return permitted;
  if (!set) return tl::unexpected(set.error());
  targets_ = std::move(*set);
  room_for_loops_ = room_for_loops(threads_of(ProcFs(), targets_));
  return {};
}

Result<> Attached::open_files() { return open_outputs(STDOUT_FILENO); }

// A report is printed also when there is something to complain about.
Result<> Attached::report() {
  const auto recorded = finish_recording();
  const auto published = publish();
  if (!recorded) return recorded;
  if (!published) return published;
  return require_loops();
}

}  // namespace loopstall
