#include "session/privileges.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <limits.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <memory>

namespace loopstall {
namespace {

constexpr std::array<Capability, 4> kNeeded = {{
    {"CAP_BPF", "load BPF programs", CAP_BPF},
    {"CAP_PERFMON", "attach them to tracepoints", CAP_PERFMON},
    {"CAP_SYS_PTRACE", "read another user's /proc/PID", CAP_SYS_PTRACE},
    {"CAP_DAC_READ_SEARCH", "read tracefs and another user's files", CAP_DAC_READ_SEARCH},
}};

struct FreeCaps {
  void operator()(cap_t caps) const { cap_free(caps); }
};
using Caps = std::unique_ptr<std::remove_pointer_t<cap_t>, FreeCaps>;

bool has(cap_t caps, int number, cap_flag_t which) {
  cap_flag_value_t value = CAP_CLEAR;
  return cap_get_flag(caps, number, which, &value) == 0 && value == CAP_SET;
}

// Before Linux 5.8 CAP_SYS_ADMIN was both of these, and it still is.
bool admin_stands_in(int number) { return number == CAP_BPF || number == CAP_PERFMON; }

bool allowed(cap_t caps, int number) {
  return has(caps, number, CAP_EFFECTIVE) || (admin_stands_in(number) && has(caps, CAP_SYS_ADMIN, CAP_EFFECTIVE));
}

std::string own_path() {
  std::array<char, PATH_MAX> path{};
  const ssize_t n = readlink("/proc/self/exe", path.data(), path.size());
  return n > 0 ? std::string(path.data(), static_cast<std::size_t>(n)) : "loopstall";
}

std::vector<cap_value_t> capabilities_to_keep(cap_t now, const StillNeeded& needed) {
  std::vector<cap_value_t> wanted;
  for (const Capability& c : kNeeded) wanted.push_back(has(now, c.number, CAP_PERMITTED) ? c.number : CAP_SYS_ADMIN);
  wanted.push_back(CAP_SYSLOG);  // kernel addresses in /proc/kallsyms, where it is held
  if (needed.other_users_folders) wanted.push_back(CAP_DAC_OVERRIDE);
  if (needed.map_files) wanted.push_back(CAP_CHECKPOINT_RESTORE);
  if (needed.perf_uprobes) wanted.push_back(CAP_SYS_ADMIN);
  std::erase_if(wanted, [&](cap_value_t c) { return !has(now, c, CAP_PERMITTED); });
  return wanted;
}

}  // namespace

std::span<const Capability> needed_capabilities() { return kNeeded; }

std::vector<std::string> missing_capabilities() {
  const Caps now(cap_get_proc());
  std::vector<std::string> missing;
  for (const Capability& c : kNeeded)
    if (!now || !allowed(now.get(), c.number)) missing.emplace_back(c.name);
  return missing;
}

Result<> require_capabilities() {
  const std::vector<std::string> missing = missing_capabilities();
  if (missing.empty()) return {};
  return cannot_measure(
      fmt::format("not permitted to measure: missing {}\n"
                  "  run it as root (sudo loopstall ...), or grant the capabilities once:\n"
                  "  sudo setcap cap_bpf,cap_perfmon,cap_sys_ptrace,cap_dac_read_search+ep {}",
                  fmt::join(missing, ", "), own_path()));
}

Result<> drop_privileges(const StillNeeded& needed) {
  const Caps now(cap_get_proc());
  const Caps kept(cap_init());
  if (!now || !kept) return system_error("reading our capabilities");
  const auto keep = capabilities_to_keep(now.get(), needed);
  const int n = static_cast<int>(keep.size());
  if (cap_set_flag(kept.get(), CAP_PERMITTED, n, keep.data(), CAP_SET) != 0 ||
      cap_set_flag(kept.get(), CAP_EFFECTIVE, n, keep.data(), CAP_SET) != 0 || cap_set_proc(kept.get()) != 0)
    return system_error("dropping capabilities");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return system_error("setting no_new_privs");
  return {};
}

}  // namespace loopstall
