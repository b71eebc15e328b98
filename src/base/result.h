// Errors are values: every call that can fail returns a Result, and an Error carries the exit code that the
// tool ends with if nobody handles it. Nothing throws across a room's wall.
#pragma once

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace loopstall {

// Documented in docs/loopstall.1 and in the JSON schema.
enum class ExitCode : int { Done = 0, Error = 1, Usage = 2, CannotMeasure = 3 };

struct Error {
  ExitCode code = ExitCode::Error;
  std::string message;  // one or more lines, says what failed, on what, and the next step
};

template <class T = void>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(std::string message, ExitCode code = ExitCode::Error) {
  return tl::unexpected<Error>({code, std::move(message)});
}

inline tl::unexpected<Error> usage_error(std::string message) { return fail(std::move(message), ExitCode::Usage); }
inline tl::unexpected<Error> cannot_measure(std::string message) {
  return fail(std::move(message), ExitCode::CannotMeasure);
}

// "what: strerror(errno)"; the caller passes errno on when other calls lie between.
inline tl::unexpected<Error> system_error(std::string_view what, int err = errno, ExitCode code = ExitCode::Error) {
  return fail(std::string(what) + ": " + std::strerror(err), code);
}

}  // namespace loopstall
