#include "diff/notes.h"

#include <fmt/format.h>

#include <algorithm>

namespace loopstall {
namespace {

// Where one session did not measure queue delay, no task has lost or gained blame.
void note_waiting(Diff& diff, const Summary& before, const Summary& after) {
  if (before.knows_blame != after.knows_blame)
    diff.notes.push_back("queue delay was measured in one of the sessions only");
}

void note_requests(Diff& diff) {
  if (diff.asked_for_requests[0] != diff.asked_for_requests[1])
    diff.notes.push_back("requests were looked at in one of the sessions only");
}

void note_differences(Diff& diff) {
  const auto& [a, b] = diff.sessions;
  if (a.kernel != b.kernel || a.machine != b.machine)
    diff.notes.push_back(
        fmt::format("not the same machine: {} {} before, {} {} after", a.kernel, a.machine, b.kernel, b.machine));
  for (std::size_t i = 0; i < diff.blocks.size(); ++i)
    if (!diff.blocks[i])
      diff.notes.push_back(
          fmt::format("the {} session has no blocks of time (it was merged, or is of an earlier "
                      "loopstall): nothing can be tested",
                      i ? "second" : "first"));
}

}  // namespace

void note_what_differs(Diff& diff, const Summary& before, const Summary& after) {
  note_differences(diff);
  note_waiting(diff, before, after);
  note_requests(diff);
}

std::size_t without_blocks(const Summary& summary) {
  std::vector<bool> dropped;
  for (const TaskSummary& row : summary.tasks) {
    dropped.resize(std::max<std::size_t>(dropped.size(), row.task.id.value + 1));
    dropped[row.task.id.value] = row.task.blocks_dropped;
  }
  return static_cast<std::size_t>(std::count(dropped.begin(), dropped.end(), true));
}

}  // namespace loopstall
