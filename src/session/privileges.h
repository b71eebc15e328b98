// What loopstall needs to be allowed, and nothing more once it is attached.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace loopstall {

struct Capability {
  std::string_view name;
  std::string_view why;
  int number;
};

std::span<const Capability> needed_capabilities();
std::vector<std::string> missing_capabilities();
// An error names what is missing and how to grant it.
Result<> require_capabilities();
// What is still needed beside the capabilities above, where it is held.
struct StillNeeded {
  bool other_users_folders = false;  // CAP_DAC_OVERRIDE: files are created there (SQLite's side files)
  bool map_files = false;  // CAP_CHECKPOINT_RESTORE: probes are put into files found through /proc/PID/map_files
  // CAP_SYS_ADMIN: newer kernels' perf_event_open takes no less for a uprobe (kernel/events/core.c,
  // perf_uprobe_event_init; found on 6.18), and windows in which task steps are counted begin again and again.
  bool perf_uprobes = false;
};
// For this thread and those it starts later: call it before there are others.
Result<> drop_privileges(const StillNeeded& needed);

}  // namespace loopstall
