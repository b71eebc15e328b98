#include "session/privileges.h"

#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "catch.h"

using namespace loopstall;

namespace {

std::string status_field(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(field + ":")) return line.substr(field.size() + 2);
  return "";
}

// In a child, since there is no way back.
template <class Check>
bool holds_in_a_child(Check check) {
  const int pid = fork();
  if (pid == 0) _exit(check() ? 0 : 1);
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

constexpr unsigned long long kDacOverride = 1, kDacReadSearch = 2, kSysPtrace = 19, kSyslog = 34, kPerfmon = 38,
                             kBpf = 39, kSysAdmin = 21, kCheckpointRestore = 40;
constexpr unsigned long long kNeededMask = 1ULL << kDacReadSearch | 1ULL << kSysPtrace | 1ULL << kSyslog |
                                           1ULL << kPerfmon | 1ULL << kBpf | 1ULL << kCheckpointRestore;

bool keeps_only(unsigned long long mask, const StillNeeded& needed) {
  if (!drop_privileges(needed)) return false;
  const auto effective = std::stoull(status_field("CapEff"), nullptr, 16);
  return (effective & ~mask) == 0 && effective == std::stoull(status_field("CapPrm"), nullptr, 16) &&
         status_field("NoNewPrivs") == "1";
}

}  // namespace

TEST_CASE("what is not needed is dropped for good") {
  CHECK(holds_in_a_child([] { return keeps_only(kNeededMask, {}); }));
  CHECK(holds_in_a_child([] { return keeps_only(kNeededMask | 1ULL << kDacOverride, {true, false}); }));
  CHECK(holds_in_a_child([] {
    return keeps_only(kNeededMask | 1ULL << kSysAdmin | 1ULL << kCheckpointRestore, {false, true});
  }));
}

TEST_CASE("what is needed stays") {
  const auto before = missing_capabilities();
  CHECK(holds_in_a_child([&] { return drop_privileges({}) && missing_capabilities() == before; }));
}

TEST_CASE("what is missing is named, with the way to get it") {
  const bool named = holds_in_a_child([] {
    if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) return false;
    const auto permitted = require_capabilities();
    return !permitted && permitted.error().code == ExitCode::CannotMeasure &&
           permitted.error().message.find("CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH") !=
               std::string::npos &&
           permitted.error().message.find("setcap") != std::string::npos;
  });
  CHECK(named);
}
