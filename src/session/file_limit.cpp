#include "session/file_limit.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <optional>

namespace loopstall {
namespace {

constexpr rlim_t kEnough = 256;  // all that can be switched on takes 180, and each process one

std::optional<rlimit> started_with;  // if it was raised

}  // namespace

void raise_file_limit() {
  rlimit limit{};
  if (started_with || getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  const rlimit raised{limit.rlim_max, limit.rlim_max};
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) started_with = limit;
}

void restore_file_limit() {
  if (started_with) setrlimit(RLIMIT_NOFILE, &*started_with);
}

Error explain_file_limit(Error error) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= kEnough) return error;
  error.message = fmt::format("{}\n  only {} files may be open at a time, which is too few: ulimit -n {} raises that",
                              error.message.substr(0, error.message.find('\n')), limit.rlim_cur, kEnough);
  return error;
}

}  // namespace loopstall
