#include "report/split_parts.h"

#include <algorithm>
#include <numeric>

namespace loopstall {
namespace {

std::uint64_t total_ns(const std::vector<SplitPart>& parts) {
  return std::accumulate(parts.begin(), parts.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const SplitPart& part) { return sum + part.ns; });
}

unsigned share_of(std::uint64_t ns, std::uint64_t total, unsigned columns) {
  if (ns == 0) return 0;
  const double exact = static_cast<double>(ns) / static_cast<double>(total) * columns;
  return std::max(1U, static_cast<unsigned>(exact + 0.5));
}

}  // namespace

bool tells_user_from_kernel(const Split& split) { return split.user_samples + split.kernel_samples >= kSamplesEnough; }

std::vector<SplitPart> split_parts(const Split& split, std::uint64_t busy_ns) {
  std::vector<SplitPart> parts;
  if (tells_user_from_kernel(split)) {
    parts.push_back({"user~", "█", Ink::User, split.user_ns()});
    parts.push_back({"kernel~", "▓", Ink::Kernel, split.kernel_ns()});
  } else {
    parts.push_back({"cpu", "█", Ink::User, split.cpu_ns});
  }
  parts.push_back({"blocked", "▒", Ink::Blocked, split.blocked_ns});
  parts.push_back({"run queue", "░", Ink::RunQueue, split.runqueue_ns});
  const std::uint64_t booked = split.cpu_ns + split.blocked_ns + split.runqueue_ns;
  const std::uint64_t gap = busy_ns > booked ? busy_ns - booked : 0;
  parts.push_back({"rest", "·", Ink::Dim, gap * 100 > busy_ns ? gap : 0, false});
  return parts;
}

std::vector<unsigned> bar_widths(const std::vector<SplitPart>& parts, unsigned columns) {
  const std::uint64_t total = total_ns(parts);
  std::vector<unsigned> widths(parts.size(), 0);
  if (total == 0 || columns < 2 * parts.size()) return widths;
  std::transform(parts.begin(), parts.end(), widths.begin(),
                 [&](const SplitPart& part) { return share_of(part.ns, total, columns); });
  // Rounding is settled where it shows least.
  const unsigned sum = std::accumulate(widths.begin(), widths.end(), 0U);
  *std::max_element(widths.begin(), widths.end()) += columns - sum;
  return widths;
}

}  // namespace loopstall
