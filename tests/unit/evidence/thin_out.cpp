#include "evidence/thin_out.h"

#include <numeric>

#include "catch.h"

using namespace loopstall;

namespace {

constexpr std::uint64_t kMs = 1'000'000;

RawSample look(SampleKind kind, std::uint64_t weight, std::uint64_t place = 1) {
  RawSample sample;
  sample.kind = kind;
  sample.weight_ns = weight;
  sample.registers.pc = place;
  return sample;
}
RawSample sleep(std::uint64_t weight, std::uint64_t place) { return look(SampleKind::Sleep, weight, place); }
RawSample cpu(std::uint64_t weight, std::uint64_t place) { return look(SampleKind::Cpu, weight, place); }

void set_words(RawSample& sample, std::vector<std::uint64_t> words) {
  const auto* bytes = reinterpret_cast<const std::byte*>(words.data());
  sample.stack.assign(bytes, bytes + words.size() * sizeof(std::uint64_t));
}

std::uint64_t sum(const std::vector<RawSample>& looks) {
  return std::accumulate(looks.begin(), looks.end(), std::uint64_t{0},
                         [](std::uint64_t s, const RawSample& l) { return s + l.weight_ns; });
}

std::uint64_t sum_at(const std::vector<RawSample>& looks, std::uint64_t place) {
  return std::accumulate(looks.begin(), looks.end(), std::uint64_t{0}, [&](std::uint64_t s, const RawSample& l) {
    return s + (l.registers.pc == place ? l.weight_ns : 0);
  });
}

std::ptrdiff_t count(const std::vector<RawSample>& looks, SampleKind kind) {
  return std::count_if(looks.begin(), looks.end(), [&](const auto& l) { return l.kind == kind; });
}

}  // namespace

TEST_CASE("what is few enough stays as it is") {
  std::vector<RawSample> looks(3, sleep(7, 1));
  thin_out(looks, 3);
  CHECK(looks == std::vector<RawSample>(3, sleep(7, 1)));
}

TEST_CASE("many sleeps at few places take nothing away from what came after them") {
  std::vector<RawSample> looks;
  for (std::uint64_t i = 0; i < 120; ++i) {
    looks.push_back(cpu(kMs / 50, 3));
    looks.push_back(sleep(kMs, i % 2));
  }
  for (int i = 0; i < 60; ++i) looks.push_back(cpu(6 * kMs, 4));
  const std::uint64_t before = sum(looks);
  thin_out(looks, 24);
  CHECK(looks.size() == 24);
  CHECK(sum(looks) == before);
  CHECK(sum_at(looks, 0) == 60 * kMs);
  CHECK(sum_at(looks, 1) == 60 * kMs);
  CHECK(sum_at(looks, 4) >= 360 * kMs);
  CHECK(sum_at(looks, 4) < 363 * kMs);
}

TEST_CASE("sleeps at many places keep half of the room, as looks on the CPU do") {
  std::vector<RawSample> looks;
  for (std::uint64_t i = 0; i < 50; ++i) {
    looks.push_back(sleep(i == 7 ? 100 : 1, i));
    looks.push_back(cpu(i, i));
  }
  const std::uint64_t before = sum(looks);
  thin_out(looks, 24);
  CHECK(count(looks, SampleKind::Sleep) == 12);
  CHECK(count(looks, SampleKind::Cpu) == 12);
  CHECK(sum(looks) == before);
  CHECK(sum_at(looks, 7) >= 100);
  CHECK(std::is_sorted(looks.begin(), looks.end(),
                       [](const auto& a, const auto& b) { return a.registers.pc < b.registers.pc; }));
}

TEST_CASE("room that looks of one kind do not need is the other's") {
  std::vector<RawSample> looks{cpu(1, 0)};
  for (std::uint64_t i = 0; i < 50; ++i) looks.push_back(sleep(i, i));
  thin_out(looks, 24);
  CHECK(count(looks, SampleKind::Sleep) == 23);
  CHECK(count(looks, SampleKind::Cpu) == 1);
}

TEST_CASE("sleeps that differ in cause or caller are not one") {
  const auto merges = [](const auto& change) {
    std::vector<RawSample> looks(4, sleep(1, 1));
    for (RawSample& look : looks) set_words(look, {0x401000, 5});
    change(looks[1]);
    thin_out(looks, 3);
    return looks.size() == 1;
  };
  CHECK(merges([](RawSample&) {}));
  CHECK(merges([](RawSample& s) { set_words(s, {0x401000, 6}); }));
  CHECK(merges([](RawSample& s) { s.length_ns = 3; }));
  CHECK_FALSE(merges([](RawSample& s) { set_words(s, {0x402000, 5}); }));
  CHECK_FALSE(merges([](RawSample& s) { s.syscall = 3; }));
  CHECK_FALSE(merges([](RawSample& s) { s.args[1] = 1; }));
  CHECK_FALSE(merges([](RawSample& s) { s.object.inode = 3; }));
  CHECK_FALSE(merges([](RawSample& s) { s.gil_wait = true; }));
  CHECK_FALSE(merges([](RawSample& s) { s.holder.emplace_back(); }));
  CHECK_FALSE(merges([](RawSample& s) { s.python.emplace_back(); }));
}
