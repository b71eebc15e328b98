#include "causes/throttle.h"

#include <algorithm>

#include "target/text.h"

namespace loopstall {
namespace {

// At ten a second, seven minutes of constant throttling; samples without a change take no room.
constexpr std::size_t kMost = 4096;

// v2 says "throttled_usec", v1 "throttled_time" in ns; neither is there at a level without the controller.
std::uint64_t throttled_in(std::string_view line) {
  const auto words = split_words(line);
  if (words.size() != 2) return 0;
  const auto value = parse_number<std::uint64_t>(words[1]).value_or(0);
  if (words[0] == "throttled_usec") return value * 1000;
  return words[0] == "throttled_time" ? value : 0;
}

// nullopt if no file could be read: the cgroup is gone.
std::optional<std::uint64_t> throttled_ns(const std::vector<std::string>& files) {
  std::optional<std::uint64_t> sum;
  for (const auto& file : files) {
    const auto text = read_text(file);
    if (!text) continue;
    sum = sum.value_or(0);
    for (const auto line : split_at(*text, '\n')) *sum += throttled_in(line);
  }
  return sum;
}

}  // namespace

void ThrottleMeter::sample(std::uint64_t now_ns) {
  const auto throttled = throttled_ns(files_);
  if (!throttled) return;
  const auto n = samples_.size();
  const bool third_of_a_kind =
      n >= 2 && samples_[n - 1].throttled_ns == *throttled && samples_[n - 2].throttled_ns == *throttled;
  if (third_of_a_kind) samples_.pop_back();
  samples_.push_back({now_ns, *throttled});
  if (samples_.size() > kMost) samples_.pop_front();
}

std::optional<std::uint64_t> ThrottleMeter::throttled_between(std::uint64_t begin_ns, std::uint64_t end_ns) const {
  const auto later = [](std::uint64_t at, const Sample& s) { return at < s.at_ns; };
  const auto earlier = [](const Sample& s, std::uint64_t at) { return s.at_ns < at; };
  const auto after_begin = std::upper_bound(samples_.begin(), samples_.end(), begin_ns, later);
  const auto at_end = std::lower_bound(samples_.begin(), samples_.end(), end_ns, earlier);
  if (end_ns < begin_ns || after_begin == samples_.begin() || at_end == samples_.end()) return std::nullopt;
  const auto first = std::prev(after_begin)->throttled_ns;
  const auto grown = at_end->throttled_ns > first ? at_end->throttled_ns - first : 0;
  return std::min(grown, end_ns - begin_ns);
}

}  // namespace loopstall
