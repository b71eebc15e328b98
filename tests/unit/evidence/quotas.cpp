#include "evidence/quotas.h"

#include <fmt/format.h>

#include "catch.h"
#include "unit/target/fake_proc.h"

using namespace loopstall;

namespace {

constexpr std::uint64_t kMs = 1'000'000;

// Process 7 lives in cgroup /shop.
struct Scene {
  FakeProc fake;
  ProcFs proc = fake.proc();
  Quotas quotas{proc};
  Scene() {
    fake.process(7, 1, "server");
    fake.write("7/cgroup", "0::/shop\n");
    fake.write("self/mountinfo", fmt::format("30 1 0:25 / {}/cgroup rw - cgroup2 cgroup2 rw\n", fake.root()));
    fake.write("cgroup/cpu.stat", "usage_usec 5\n");
    stat(0, 0);
    quotas.add(7);
  }
  void stat(int periods, int throttled_ms) const {
    fake.write("cgroup/shop/cpu.stat", fmt::format("usage_usec 5\nnr_periods {}\nnr_throttled 1\nthrottled_usec {}\n",
                                                   periods, throttled_ms * 1000));
  }
  std::uint64_t throttled(std::uint64_t start_ms, std::uint64_t busy_ms) const {
    return quotas.throttled_in({LoopId{0}, 7, 7, 1, start_ms * kMs, busy_ms * kMs, {}}) / kMs;
  }
};

}  // namespace

TEST_CASE("a process without a quota is not throttled") {
  Scene scene;
  CHECK_FALSE(scene.quotas.sample(100 * kMs));
  CHECK_FALSE(scene.quotas.sample(200 * kMs));
  CHECK(scene.throttled(120, 50) == 0);
}

TEST_CASE("what the counter grew by around a stall is what it may have lost") {
  Scene scene;
  scene.stat(3, 10);
  CHECK(scene.quotas.sample(100 * kMs));
  scene.stat(4, 40);
  CHECK(scene.quotas.sample(200 * kMs));
  CHECK(scene.throttled(120, 50) == 30);
  CHECK(scene.throttled(120, 20) == 20);
  CHECK(scene.throttled(120, 500) == 0);  // nobody looked at its end yet
}

TEST_CASE("a quota that comes later is noticed, and a process that left is forgotten") {
  Scene scene;
  CHECK_FALSE(scene.quotas.sample(100 * kMs));
  scene.stat(1, 0);
  CHECK(scene.quotas.sample(200 * kMs));
  scene.stat(2, 30);
  CHECK(scene.quotas.sample(300 * kMs));
  CHECK(scene.throttled(210, 50) == 30);
  scene.quotas.remove(7);
  CHECK(scene.throttled(210, 50) == 0);
}
