// How large a recording grows, and what a flush costs the draining thread: the numbers in docs/recording.md.
#include "base/clock.h"
#include "fixture.h"
#include "recording/image.h"

using namespace loopstall;
using namespace loopstall::test;

namespace {

double megabytes(const std::string& path) { return static_cast<double>(std::filesystem::file_size(path)) / 1e6; }

std::uint64_t thread_cpu_ns() { return clock_ns(CLOCK_THREAD_CPUTIME_ID); }

}  // namespace

TEST_CASE("an hour of one loop takes less than 4 MB") {
  const TempDir dir;
  Growing g(1, 0);
  Result<Image> image = Image::create(dir / "x");
  REQUIRE(image);
  std::uint64_t cpu = 0;
  for (int second = 1; second <= 3600; ++second) {
    g.grow();
    const std::uint64_t start = thread_cpu_ns();
    REQUIRE(image->store(take_snapshot(g.session, image->marks(), false)) == true);
    cpu += thread_cpu_ns() - start;
    if (second == 60)
      WARN("buckets a point of 1 s: " << g.session.loops[0].timeline[0].busy.buckets().size()
                                      << "; 1 min: " << megabytes(dir / "x") << " MB");
    if (second % 600 == 0) WARN(second / 60 << " min: " << megabytes(dir / "x") << " MB");
  }
  const Loop& loop = g.session.loops[0];
  WARN("buckets: " << loop.busy.buckets().size() << " in all, " << loop.timeline[0].busy.buckets().size()
                   << " a point of " << loop.timeline[0].samples << " s; CPU a flush: " << format_duration(cpu / 3600));
  CHECK(megabytes(dir / "x") < 4);
}

TEST_CASE("a flush of ten thousand tasks costs what has changed") {
  const TempDir dir;
  Session session;
  apply(session, opened(0));
  std::mt19937 random(1);
  for (std::uint32_t task = 0; task < 10'000; ++task)
    for (int i = 0; i < 4; ++i) take_steps(session, task, 0, random);
  Result<Image> image = Image::create(dir / "x");
  REQUIRE(image);
  SharedTasks previous;
  std::uint64_t copying = 0;
  const auto flush = [&] {
    const std::uint64_t start = thread_cpu_ns();
    const Snapshot snapshot = take_snapshot(session, image->marks(), false, previous);
    previous = snapshot.tasks;
    copying = thread_cpu_ns() - start;
    REQUIRE(image->store(snapshot) == true);
    return thread_cpu_ns() - start - copying;
  };
  const std::uint64_t all = flush(), first_copy = copying;
  for (std::uint32_t task = 0; task < 1000; ++task) take_steps(session, task * 10, 0, random);
  const std::uint64_t some = flush(), some_copy = copying;
  const std::uint64_t none = flush();
  WARN("10,000 tasks, " << megabytes(dir / "x") << " MB: stored in " << format_duration(all) << ", copied in "
                        << format_duration(first_copy) << "; 1,000 of them changed: " << format_duration(some)
                        << " and " << format_duration(some_copy) << "; none: " << format_duration(none) << " and "
                        << format_duration(copying));
  CHECK(some < all / 2);
  CHECK(none < all / 10);
}

TEST_CASE("a flush returns at once") {
  const TempDir dir;
  RecordingWriter writer = must_create(dir / "x");
  Growing g(4);
  std::uint64_t worst = 0, sum = 0;
  for (int i = 0; i < 700; ++i) {
    g.grow();
    const std::uint64_t start = thread_cpu_ns();
    writer.flush(g.session);
    const std::uint64_t took = thread_cpu_ns() - start;
    worst = std::max(worst, took);
    sum += took;
    ::usleep(2'000);
  }
  WARN("flush of 4 loops: mean " << format_duration(sum / 700) << ", worst " << format_duration(worst));
  CHECK(sum / 700 < 50 * kMillisecond);  // generous: sanitizers, busy machines
}
