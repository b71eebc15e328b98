#include "cli/doctor_checks.h"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "cli/small_file.h"
#include "session/privileges.h"

namespace loopstall {
namespace {

// The initial pid namespace has a fixed number (PROC_PID_INIT_INO in the kernel's proc_ns.h).
constexpr std::string_view kInitialPidNamespace = "pid:[4026531836]";

Probe check_kernel() {
  utsname name{};
  uname(&name);
  return {"kernel", true, false, fmt::format("{} {} {}", name.sysname, name.release, name.machine)};
}

Probe check_lockdown() {
  const auto modes = read_small_file("/sys/kernel/security/lockdown");
  if (!modes) return {"lockdown", true, false, "not to be read here (securityfs is not mounted)"};
  const bool total = modes->find("[confidentiality]") != std::string::npos;
  return {"lockdown", !total, false, total ? *modes + ": BPF may not read kernel memory" : *modes};
}

Probe check_unprivileged() {
  const auto value = read_small_file("/proc/sys/kernel/unprivileged_bpf_disabled");
  const std::string meaning =
      !value || *value == "0" ? "unprivileged BPF is allowed" : "BPF is for the privileged only";
  return {"unprivileged BPF", true, false, meaning + "; loopstall uses its capabilities in any case"};
}

Probe check_capability(const Capability& capability, bool missing) {
  const std::string_view next = missing ? "; missing: use sudo, or setcap (see loopstall attach)" : "";
  return {std::string(capability.name), !missing, true, fmt::format("to {}{}", capability.why, next)};
}

Probe check_pid_namespace() {
  std::array<char, 64> link{};
  const ssize_t n = readlink("/proc/self/ns/pid", link.data(), link.size());
  if (n > 0 && std::string_view(link.data(), static_cast<std::size_t>(n)) == kInitialPidNamespace)
    return {"pid namespace", true, false, "the machine's own: every process can be measured"};
  return {"pid namespace", false, false,
          "a container's: only its own processes can be measured, by their pids in here"};
}

}  // namespace

void add_machine_checks(Checks& checks) {
  checks.push_back(check_kernel());
  checks.push_back(check_lockdown());
  checks.push_back(check_unprivileged());
}

void add_permission_checks(Checks& checks) {
  const std::vector<std::string> missing = missing_capabilities();
  for (const Capability& c : needed_capabilities())
    checks.push_back(check_capability(c, std::find(missing.begin(), missing.end(), c.name) != missing.end()));
}

void add_container_checks(Checks& checks) { checks.push_back(check_pid_namespace()); }

bool Diagnosis::ok() const {
  return std::all_of(checks.begin(), checks.end(), [](const Probe& check) { return check.ok || !check.required; });
}

std::string_view Diagnosis::tier() const {
  if (!ok()) return "";
  const bool looks = std::any_of(checks.begin(), checks.end(),
                                 [](const Probe& check) { return check.ok && check.name == kLooksAtStalls; });
  return tier_name(looks ? Tier::Stacks : Tier::Iterations);
}

Diagnosis diagnose(const std::string& target) {
  Diagnosis diagnosis;
  add_machine_checks(diagnosis.checks);
  add_permission_checks(diagnosis.checks);
  for (Probe& probe : probe_platform()) diagnosis.checks.push_back(std::move(probe));
  add_container_checks(diagnosis.checks);
  if (!target.empty()) add_target_checks(diagnosis.checks, target);
  return diagnosis;
}

}  // namespace loopstall
