#include "cli/talk.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace loopstall {
namespace {

constexpr unsigned kWidest = 120;  // longer lines are hard to read

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value && *value;
}

}  // namespace

Result<> write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EPIPE) return {};
    if (n < 0) return system_error("write");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

int print(std::string_view text) {
  const auto written = write_all(STDOUT_FILENO, text);
  return written ? 0 : fail_with(written.error());
}

void say(std::string_view text) { static_cast<void>(write_all(STDERR_FILENO, fmt::format("loopstall: {}\n", text))); }

void complain(std::string_view mistake) { say(mistake); }

int fail_with(const Error& error) {
  complain(error.message);
  return static_cast<int>(error.code);
}

bool is_dumb_terminal() {
  const char* term = std::getenv("TERM");
  return !term || !*term || std::string_view(term) == "dumb";
}

ReportStyle style_for(int fd) {
  if (!isatty(fd)) return {};
  ReportStyle style;
  style.color = !is_set("NO_COLOR") && !is_dumb_terminal();
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) style.columns = std::min<unsigned>(size.ws_col, kWidest);
  return style;
}

}  // namespace loopstall
