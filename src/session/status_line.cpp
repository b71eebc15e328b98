#include "session/status_line.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/units.h"

namespace loopstall {
namespace {

unsigned columns_of(int fd) {
  winsize size{};
  return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80U;
}

std::string elapsed_text(std::uint64_t ns) {
  const std::uint64_t s = ns / kSecond;
  if (s < 3600) return fmt::format("{}:{:02}", s / 60, s % 60);
  return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

std::string counted(std::uint64_t n, const char* one, const char* many) {
  return fmt::format("{} {}", format_count(n), n == 1 ? one : many);
}

std::vector<std::string> parts_of(const Status& s, const std::string& ongoing) {
  std::vector<std::string> parts = {"measuring " + elapsed_text(s.elapsed_ns)};
  if (!ongoing.empty()) parts.push_back(ongoing);
  if (s.loops == 0 && !ongoing.empty()) return parts;
  if (s.loops == 0) return {parts[0], "no event loop seen yet", "Ctrl-C to stop"};
  parts.push_back(counted(s.loops, "loop", "loops"));
  parts.push_back(counted(static_cast<std::uint64_t>(s.iterations_per_s + 0.5), "iteration/s", "iterations/s"));
  parts.push_back(fmt::format("{}{:.0f} % busy", s.loops > 1 ? "up to " : "", s.utilization * 100));
  parts.push_back(counted(s.stalls, "stall", "stalls"));
  if (s.worst_ns) parts.back() += ", worst " + format_duration(s.worst_ns);
  parts.push_back("Ctrl-C to stop");
  return parts;
}

// Columns of UTF-8 text in which every character takes one.
std::size_t columns_in(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// The longest one of a confirmed loop.
const OngoingStall* worst_of(const Session& session) {
  const OngoingStall* worst = nullptr;
  for (const OngoingStall& stall : session.ongoing)
    if (session.loops[stall.loop.value].confirmed && (!worst || stall.busy_ns > worst->busy_ns)) worst = &stall;
  return worst;
}

}  // namespace

Status StatusMeter::read(const Session& session, std::uint64_t now_ns) {
  Status status;
  status.elapsed_ns = now_ns - session.info.start_ns;
  const std::uint64_t since_ns = now_ns - (last_ns_ ? last_ns_ : session.info.start_ns);
  last_ns_ = now_ns;
  last_.resize(session.loops.size());
  std::uint64_t iterations = 0;
  for (std::size_t i = 0; i < session.loops.size(); ++i) {
    const Loop& loop = session.loops[i];
    const Reading before = std::exchange(last_[i], {loop.total.iterations, loop.total.busy_ns, loop.total.idle_ns});
    if (!loop.confirmed) continue;
    ++status.loops;
    status.stalls += loop.total.stalls;
    iterations += loop.total.iterations - before.iterations;
    const auto busy = static_cast<double>(loop.total.busy_ns - before.busy_ns);
    const auto idle = static_cast<double>(loop.total.idle_ns - before.idle_ns);
    if (busy > 0) status.utilization = std::max(status.utilization, busy / (busy + idle));
  }
  for (const Stall& stall : session.stalls)
    if (session.loops[stall.loop.value].confirmed) status.worst_ns = std::max(status.worst_ns, stall.busy_ns);
  if (since_ns) status.iterations_per_s = static_cast<double>(iterations) * 1e9 / static_cast<double>(since_ns);
  return status;
}

std::string render_status(const Status& status, const std::string& ongoing, unsigned columns) {
  std::string line;
  for (const std::string& part : parts_of(status, ongoing)) {
    const std::string gap = line.empty() ? "" : "  ";
    if (columns_in(line) + gap.size() + columns_in(part) >= columns)
      break;  // a full last column wraps on some terminals
    line += gap + part;
  }
  return line;
}

StatusLine::StatusLine(int fd, bool wanted, DescribeOngoing describe)
    : fd_(fd), active_(wanted && isatty(fd)), describe_(describe) {}

// "measuring 1:02:03" and two gaps stand before what is going on.
void StatusLine::draw(const Session& session) {
  if (!active_) return;
  constexpr unsigned kBefore = 22, kLeast = 20;
  const unsigned columns = columns_of(fd_);
  const OngoingStall* worst = worst_of(session);
  const std::string ongoing = worst ? describe_(*worst, std::max(columns, kBefore + kLeast) - kBefore) : "";
  put("\r" + render_status(status_, ongoing, columns) + "\x1b[K");
  drawn_ = true;
}

void StatusLine::erase() {
  if (std::exchange(drawn_, false)) put("\r\x1b[K");
}

// A terminal stopped with Ctrl-S must not stop the measurement.
void StatusLine::put(const std::string& text) {
  pollfd terminal{fd_, POLLOUT, 0};
  if (poll(&terminal, 1, 0) != 1 || (terminal.revents & POLLOUT) == 0) return;
  if (write(fd_, text.data(), text.size()) < 0) active_ = false;
}

}  // namespace loopstall
