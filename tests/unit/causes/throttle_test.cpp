#include "causes/throttle.h"

#include "catch.h"
#include "causes/cgroup_files.h"
#include "unit/target/fake_proc.h"

using namespace loopstall;

namespace {

constexpr std::uint64_t kMs = 1'000'000;

struct Quota {
  FakeProc fake;
  std::string pod = fake.root() + "/pod", leaf = fake.root() + "/leaf";
  ThrottleMeter meter{{leaf, pod}};
  void at(std::uint64_t ms, std::uint64_t throttled_ms) {
    fake.write("pod", fmt::format("usage_usec 5\nnr_throttled 9\nthrottled_usec {}\n", throttled_ms * 1000));
    fake.write("leaf", "usage_usec 5\n");
    meter.sample(ms * kMs);
  }
  std::optional<std::uint64_t> between(std::uint64_t begin_ms, std::uint64_t end_ms) const {
    return meter.throttled_between(begin_ms * kMs, end_ms * kMs);
  }
};

std::string mount(std::string_view root, std::string_view point, std::string_view type, std::string_view options) {
  return fmt::format("31 23 0:28 {} {} rw,relatime shared:9 - {} cgroup {}\n", root, point, type, options);
}

}  // namespace

TEST_CASE("throttled time is bounded by the samples around the interval") {
  Quota quota;
  quota.at(100, 0);
  quota.at(200, 30);
  quota.at(300, 30);
  CHECK(quota.between(110, 190) == 30 * kMs);
  CHECK(quota.between(200, 300) == 0);
  CHECK(quota.between(150, 250) == 30 * kMs);
  CHECK(quota.between(190, 200) == 10 * kMs);
}

TEST_CASE("throttled time outside the samples is not known") {
  Quota quota;
  CHECK(quota.between(0, 10) == std::nullopt);
  quota.at(100, 0);
  quota.at(200, 5);
  CHECK(quota.between(90, 150) == std::nullopt);
  CHECK(quota.between(150, 201) == std::nullopt);
  CHECK(quota.between(100, 200) == 5 * kMs);
  CHECK(quota.between(180, 150) == std::nullopt);
}

TEST_CASE("samples without a change take no room and lose nothing") {
  Quota quota;
  quota.at(0, 0);
  for (std::uint64_t i = 1; i <= 10'000; ++i) quota.at(i, 7);
  CHECK(quota.between(0, 1) == 1 * kMs);
  CHECK(quota.between(0, 5000) == 7 * kMs);
  CHECK(quota.between(1, 5000) == 0);
  CHECK(quota.between(5000, 10'000) == 0);
}

TEST_CASE("every level of the tree counts, in either version's unit") {
  Quota quota;
  quota.at(0, 0);
  quota.fake.write("leaf", "nr_periods 2\nnr_throttled 1\nthrottled_time 2000000\n");
  quota.fake.write("pod", "throttled_usec 3000\n");
  quota.meter.sample(100 * kMs);
  CHECK(quota.between(0, 100) == 5 * kMs);
}

TEST_CASE("a cgroup that is gone is not read as no throttling") {
  Quota quota;
  quota.at(0, 0);
  ThrottleMeter gone({quota.fake.root() + "/absent"});
  gone.sample(0);
  gone.sample(100 * kMs);
  CHECK(gone.throttled_between(0, 100 * kMs) == std::nullopt);
  CHECK(ThrottleMeter({}).throttled_between(0, 1) == std::nullopt);
}

TEST_CASE("the quota's files are those of the process' cgroup and all above it") {
  const FakeProc fake;
  fake.write("3/cgroup", "0::/kube/pod:1/app\n");
  SECTION("version 2") {
    fake.write("self/mountinfo", mount("/", "/sys/fs/cgroup", "cgroup2", "rw"));
    CHECK(cpu_stat_files(fake.proc(), 3) ==
          std::vector<std::string>{"/sys/fs/cgroup/kube/pod:1/app/cpu.stat", "/sys/fs/cgroup/kube/pod:1/cpu.stat",
                                   "/sys/fs/cgroup/kube/cpu.stat", "/sys/fs/cgroup/cpu.stat"});
  }
  SECTION("a mount of a part of the tree") {
    fake.write("self/mountinfo", mount("/kube", "/sys/fs/cgroup/unified", "cgroup2", "rw"));
    CHECK(cpu_stat_files(fake.proc(), 3) == std::vector<std::string>{"/sys/fs/cgroup/unified/pod:1/app/cpu.stat",
                                                                     "/sys/fs/cgroup/unified/pod:1/cpu.stat",
                                                                     "/sys/fs/cgroup/unified/cpu.stat"});
  }
  SECTION("a mount of another part of the tree") {
    fake.write("self/mountinfo", mount("/kub", "/sys/fs/cgroup", "cgroup2", "rw"));
    CHECK(cpu_stat_files(fake.proc(), 3).empty());
  }
  SECTION("not mounted") { CHECK(cpu_stat_files(fake.proc(), 3).empty()); }
}

TEST_CASE("version 1's cpu controller goes before version 2, which then has none") {
  const FakeProc fake;
  fake.write("3/cgroup", "8:cpuset:/a\n2:cpu,cpuacct:/job\n0::/user\n");
  fake.write("self/mountinfo", mount("/", "/sys/fs/cgroup/unified", "cgroup2", "rw") +
                                   mount("/", "/sys/fs/cgroup/cpuset", "cgroup", "rw,cpuset") +
                                   mount("/", "/sys/fs/cgroup/cpu", "cgroup", "rw,cpu,cpuacct"));
  CHECK(cpu_stat_files(fake.proc(), 3) ==
        std::vector<std::string>{"/sys/fs/cgroup/cpu/job/cpu.stat", "/sys/fs/cgroup/cpu/cpu.stat"});
}

TEST_CASE("a cgroup outside our cgroup namespace is out of reach") {
  const FakeProc fake;
  fake.write("3/cgroup", "0::/../other\n");
  fake.write("self/mountinfo", mount("/", "/sys/fs/cgroup", "cgroup2", "rw"));
  CHECK(cpu_stat_files(fake.proc(), 3).empty());
}
