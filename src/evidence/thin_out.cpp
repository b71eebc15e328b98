#include "evidence/thin_out.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>

namespace loopstall {
namespace {

constexpr std::uint64_t kLeastAddress = 0x10000;  // nothing is mapped below

bool on_cpu(const RawSample& look) { return look.kind == SampleKind::Cpu; }

std::uint64_t word_at(const std::vector<std::byte>& bytes, std::size_t at) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes.data() + at, sizeof word);
  return word;
}

// Stacks of calls from the same places differ in what is counted there at most, not in an address.
bool same_calls(const std::vector<std::byte>& a, const std::vector<std::byte>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t at = 0; at + sizeof(std::uint64_t) <= a.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t x = word_at(a, at), y = word_at(b, at);
    if (x != y && std::max(x, y) >= kLeastAddress) return false;
  }
  return true;
}

// A number tells what the call does, an address only where its data is.
bool same_argument(std::uint64_t a, std::uint64_t b) { return a == b || std::min(a, b) >= kLeastAddress; }

bool same_cause(const RawSample& a, const RawSample& b) {
  return a.stopped == b.stopped && a.page_fault == b.page_fault && a.gil_wait == b.gil_wait && a.syscall == b.syscall &&
         same_argument(a.args[0], b.args[0]) && same_argument(a.args[1], b.args[1]) && a.object == b.object &&
         a.holder_tid == b.holder_tid && a.holder == b.holder;
}

// What is inside the innermost Python frame is a library's: how deep it is tells enough.
bool same_place(const RawSample& a, const RawSample& b) {
  return a.registers.pc == b.registers.pc && a.registers.sp == b.registers.sp && a.kernel == b.kernel &&
         a.python == b.python && a.python_truncated == b.python_truncated && a.python_failed == b.python_failed &&
         (!a.python.empty() || same_calls(a.stack, b.stack));
}

bool same_sleep(const RawSample& a, const RawSample& b) {
  return !on_cpu(a) && !on_cpu(b) && same_cause(a, b) && same_place(a, b);
}

void merge_sleeps(std::vector<RawSample>& looks) {
  std::vector<RawSample> merged;
  merged.reserve(looks.size());
  for (RawSample& look : looks) {
    const auto same = std::find_if(merged.begin(), merged.end(), [&](const auto& m) { return same_sleep(m, look); });
    if (same == merged.end())
      merged.push_back(std::move(look));
    else
      same->weight_ns += look.weight_ns;
  }
  looks = std::move(merged);
}

struct Pair {
  RawSample *first, *second;
  std::uint64_t weight_ns() const { return first->weight_ns + second->weight_ns; }
};

// Of at least two looks of that kind.
Pair lightest_pair(std::vector<RawSample>& looks, bool busy) {
  std::optional<Pair> lightest;
  RawSample* previous = nullptr;
  for (RawSample& look : looks) {
    if (on_cpu(look) != busy) continue;
    const Pair pair{previous, &look};
    if (previous && (!lightest || pair.weight_ns() < lightest->weight_ns())) lightest = pair;
    previous = &look;
  }
  return *lightest;
}

void join(std::vector<RawSample>& looks, Pair pair) {
  if (pair.first->weight_ns < pair.second->weight_ns) std::swap(pair.first, pair.second);
  pair.first->weight_ns += pair.second->weight_ns;
  looks.erase(looks.begin() + (pair.second - looks.data()));
}

}  // namespace

void thin_out(std::vector<RawSample>& looks, std::size_t most) {
  if (looks.size() <= most) return;
  merge_sleeps(looks);
  while (looks.size() > most) {
    const auto asleep = looks.size() - static_cast<std::size_t>(std::count_if(looks.begin(), looks.end(), on_cpu));
    join(looks, lightest_pair(looks, asleep * 2 <= most));
  }
}

}  // namespace loopstall
