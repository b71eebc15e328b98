// loopstall killed at any instant: the main file alone, copied elsewhere and read-only, opens and is recent.
#include <signal.h>
#include <sys/wait.h>

#include <array>
#include <random>

#include "base/clock.h"
#include "base/fd.h"
#include "fixture.h"

using namespace loopstall;
using namespace loopstall::test;

namespace {

// Flushes for ever and tells the pipe each flush's session duration.
[[noreturn]] void record(const std::string& path, int pipe, useconds_t pause_us) {
  Growing g(2);
  Result<RecordingWriter> writer = RecordingWriter::create(path);
  if (!writer) ::_exit(1);
  for (;;) {
    g.grow();
    writer->flush(g.session);
    if (::write(pipe, &g.session.info.duration_ns, sizeof g.session.info.duration_ns) < 0) ::_exit(1);
    ::usleep(pause_us);
  }
}

// Kills the child after a while; gives its last flush's duration.
std::uint64_t run_and_kill(const std::string& path, useconds_t pause_us, useconds_t life_us) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const Fd out(ends[0]);
  Fd in(ends[1]);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (!child) record(path, in.get(), pause_us);
  in = Fd();
  std::uint64_t flushed = 0;
  REQUIRE(::read(out.get(), &flushed, sizeof flushed) == sizeof flushed);
  ::usleep(life_us);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  while (::read(out.get(), &flushed, sizeof flushed) == sizeof flushed) {
  }
  return flushed;
}

Session read_copy(const TempDir& dir) {
  const TempDir elsewhere;
  std::filesystem::copy_file(dir / "x.loopstall", elsewhere / "copy");
  REQUIRE(::chmod((elsewhere / "copy").c_str(), 0400) == 0);
  REQUIRE(::chmod(elsewhere.path().c_str(), 0500) == 0);
  return must_read(elsewhere / "copy");
}

}  // namespace

// 40 flushes, 50 ms apart, are the two seconds that may be lost; the writer is a flush or two behind.
TEST_CASE("killed while it flushes 20 times a second, the main file is whole and recent") {
  std::random_device random;
  for (int round = 0; round < 20; ++round) {
    const TempDir dir;
    const std::uint64_t flushed = run_and_kill(dir / "x.loopstall", 50'000, 100'000 + random() % 300'000);
    const Session session = read_copy(dir);
    CAPTURE(round, flushed, session.info.duration_ns);
    CHECK(session.info.duration_ns + 40 * kSecond >= flushed);
    CHECK(flushed >= session.info.duration_ns);
  }
}

// Without a pause the child is in the middle of a write nearly always.
TEST_CASE("killed in the middle of a write, the main file is whole") {
  std::random_device random;
  for (int round = 0; round < 40; ++round) {
    const TempDir dir;
    run_and_kill(dir / "x.loopstall", 0, 20'000 + random() % 60'000);
    const Session session = read_copy(dir);
    CHECK(session.loops.size() <= 2);
    for (const Loop& loop : session.loops) {
      LoopCounters sum;
      for (const TimelinePoint& point : loop.timeline) sum += point.counters;
      CHECK(sum == loop.total);  // one flush, not a mixture of two
      CHECK(loop.busy.count() == loop.total.iterations);
    }
  }
}

TEST_CASE("the next session replaces what a killed one left behind") {
  const TempDir dir;
  run_and_kill(dir / "x.loopstall", 0, 30'000);
  REQUIRE(must_create(dir / "x.loopstall").finish(full_session()));
  CHECK(must_read(dir / "x.loopstall") == full_session());
  CHECK(dir.files() == 1);
}
