#include "model/values.h"

#include <set>
#include <string>

#include "catch.h"

using namespace loopstall;

TEST_CASE("splits and counters add member by member") {
  Split split{1, 2, 3, 4, 5};
  split += {10, 20, 30, 40, 50};
  CHECK(split == Split{11, 22, 33, 44, 55});
  LoopCounters counters{1, 2, 3, 4, 5, 6, {1, 2, 3, 4, 5}};
  counters += counters;
  CHECK(counters == LoopCounters{2, 4, 6, 8, 10, 12, {2, 4, 6, 8, 10}});
}

TEST_CASE("user and kernel time divide the CPU time by the samples") {
  const Split split{.cpu_ns = 1000, .user_samples = 3, .kernel_samples = 1};
  CHECK(split.user_ns() == 750);
  CHECK(split.kernel_ns() == 250);
}

TEST_CASE("user and kernel time always add up") {
  const Split split{.cpu_ns = 1'000'000'000'000'001, .user_samples = 1'000'000'007, .kernel_samples = 2'000'000'011};
  CHECK(split.user_ns() + split.kernel_ns() == split.cpu_ns);
  const Split user{.cpu_ns = 999'999'999'999'999, .user_samples = 7};
  CHECK(user.user_ns() == user.cpu_ns);
  CHECK(user.kernel_ns() == 0);
}

TEST_CASE("without a sample nothing is claimed") {
  const Split split{.cpu_ns = 1000};
  CHECK(split.user_ns() == 0);
  CHECK(split.kernel_ns() == 0);
}

TEST_CASE("waits have the names of their syscalls, and back") {
  CHECK(wait_name(Wait::Unknown) == "unknown");
  CHECK(wait_name(Wait::EpollPwait2) == "epoll_pwait2");
  CHECK(wait_name(Wait::IoUringEnter) == "io_uring_enter");
  for (std::uint8_t i = 0; i <= 8; ++i) CHECK(wait_from_name(wait_name(static_cast<Wait>(i))) == static_cast<Wait>(i));
  CHECK(wait_name(static_cast<Wait>(200)) == "unknown");
  CHECK(wait_from_name("kqueue") == Wait::Unknown);
}

TEST_CASE("tiers have names, and back") {
  CHECK(tier_name(Tier::Iterations) == "iterations");
  for (Tier tier : {Tier::Iterations, Tier::Stacks, Tier::Tasks}) CHECK(tier_from_name(tier_name(tier)) == tier);
  CHECK(tier_from_name("") == Tier::Iterations);
}

TEST_CASE("every kind of loss has a key, a sentence and a member of its own") {
  std::set<std::string_view> keys;
  Lost lost;
  std::uint64_t n = 0;
  for (const LostKind& kind : lost_kinds()) {
    keys.insert(kind.key);
    lost.*kind.member = ++n;
    CHECK(kind.key.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos);
    CHECK(kind.text.ends_with('.'));
  }
  CHECK(keys.size() == lost_kinds().size());
  CHECK(lost == Lost{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21});
  CHECK(sizeof(Lost) == lost_kinds().size() * sizeof(std::uint64_t));  // none forgotten
}
