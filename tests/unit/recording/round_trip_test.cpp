#include "fixture.h"
#include "recording/snapshot.h"

using namespace loopstall;
using namespace loopstall::test;

namespace {

std::string unfinished(const Session& session) {
  const auto& notes = session.notes;
  return !notes.empty() && notes.back().find("not finished") != std::string::npos ? notes.back() : "";
}

// Waits until what was flushed can be read.
Session wait_for(const std::string& path, std::uint64_t duration_ns) {
  for (int i = 0; i < 1000; ++i) {
    Session session = must_read(path);
    if (session.info.duration_ns == duration_ns) return session;
    ::usleep(10'000);
  }
  FAIL("the flush never came");
  return {};
}

}  // namespace

TEST_CASE("what is read is what was written") {
  const TempDir dir;
  const Session session = full_session();
  REQUIRE(must_create(dir / "x.loopstall").finish(session));
  CHECK(must_read(dir / "x.loopstall") == session);
}

TEST_CASE("an empty session, too") {
  const TempDir dir;
  REQUIRE(must_create(dir / "x.loopstall").finish(Session{}));
  CHECK(must_read(dir / "x.loopstall") == Session{});
}

TEST_CASE("a loop number that was never opened keeps its place") {
  const TempDir dir;
  Session session;
  apply(session, opened(2));
  REQUIRE(must_create(dir / "x.loopstall").finish(session));
  CHECK(must_read(dir / "x.loopstall") == session);
}

TEST_CASE("many flushes, over two merges of the timeline, give the same as one") {
  const TempDir dir;
  RecordingWriter writer = must_create(dir / "x.loopstall");
  Growing g;
  for (int i = 0; i < 1300; ++i) {
    g.grow();
    writer.flush(g.session);
    // Now let the writer keep up, now let snapshots replace each other.
    if (i % 300 == 0) wait_for(dir / "x.loopstall", g.session.info.duration_ns);
  }
  REQUIRE(writer.finish(g.session));
  CHECK(must_read(dir / "x.loopstall") == g.session);
}

TEST_CASE("a flush is readable while the session goes on, and says so") {
  const TempDir dir;
  RecordingWriter writer = must_create(dir / "x.loopstall");
  Growing g(3);
  for (int i = 1; i <= 4; ++i) {
    g.grow();
    writer.flush(g.session);
    Session read = wait_for(dir / "x.loopstall", g.session.info.duration_ns);
    CHECK(unfinished(read).find("holds the first " + format_duration(g.session.info.duration_ns)) != std::string::npos);
    read.notes.pop_back();
    CHECK(read == g.session);
  }
}

TEST_CASE("a recording that was never flushed opens, and says that it was not finished") {
  const TempDir dir;
  RecordingWriter writer = must_create(dir / "x.loopstall");
  CHECK_FALSE(unfinished(must_read(dir / "x.loopstall")).empty());
}

TEST_CASE("stalls that displace each other are stored in their places") {
  const TempDir dir;
  RecordingWriter writer = must_create(dir / "x.loopstall");
  Growing g;
  std::mt19937 random(1);
  for (std::uint64_t i = 0; i < kStallsKept + 300; ++i) {
    Stall s = stall(0, i);
    s.busy_ns += random() % kSecond;
    apply(g.session, StallSeen{s});
    if (i % 40 == 0) writer.flush(g.session);
  }
  REQUIRE(writer.finish(g.session));
  CHECK(must_read(dir / "x.loopstall") == g.session);
}

TEST_CASE("evidence that comes later, goes, or belongs to a stall that displaced another, is stored as it is") {
  const TempDir dir;
  RecordingWriter writer = must_create(dir / "x.loopstall");
  Growing g;
  std::mt19937 random(1);
  for (std::uint64_t i = 1; i < kStallsKept + 300; ++i) {
    Stall s = stall(0, i);
    s.busy_ns += random() % kSecond;
    apply(g.session, StallSeen{s});
    if (i % 40 == 0) writer.flush(g.session);
    if (i % 3) apply(g.session, EvidenceFound{s.loop, i, s.start_ns, s.busy_ns, evidence_of(s)});
  }
  CHECK(g.session.loops[0].evidence_dropped > 1000);
  REQUIRE(writer.finish(g.session));
  CHECK(must_read(dir / "x.loopstall") == g.session);
}

TEST_CASE("a task that is renamed, and handlers that come later, are stored as they are") {
  const TempDir dir;
  RecordingWriter writer = must_create(dir / "x.loopstall");
  Session session = full_session();
  writer.flush(session);
  apply(session, TaskSeen{{1}, {0}, TaskKind::Timer, {"renamed", "", 0}, FrameRole::User});
  apply(session, TaskSeen{{9}, {70}, TaskKind::Task, {"on a loop that was never opened", "", 0}});
  apply(session, StepHandled{{9}, {"first", "", 0}, false, 5, {}, false});
  writer.flush(session);
  REQUIRE(writer.finish(session));
  CHECK(must_read(dir / "x.loopstall") == session);
}

TEST_CASE("snapshots share the tasks that have not changed") {
  Session session = full_session();
  const Snapshot first = take_snapshot(session, {}, false);
  apply(session, StepHandled{{1}, {"new", "", 0}, false, 5, {}, false});
  const Snapshot second = take_snapshot(session, {}, false, first.tasks);
  REQUIRE(second.tasks.size() == session.tasks.size());
  for (std::size_t i = 0; i < second.tasks.size(); ++i) {
    CHECK(*second.tasks[i] == session.tasks[i]);
    CHECK((&*second.tasks[i] == &*first.tasks[i]) == (i != 1));
  }
}

TEST_CASE("what is only for the live display is not recorded") {
  const TempDir dir;
  Session session = full_session();
  apply(session, OngoingStall{{0}, 5, 100, {}});
  REQUIRE(must_create(dir / "x.loopstall").finish(session));
  CHECK(must_read(dir / "x.loopstall") == full_session());
}

TEST_CASE("a finished recording is one file, mode 0600, in SQLite's plain format") {
  const TempDir dir;
  ::umask(0);
  RecordingWriter writer = must_create(dir / "x.loopstall");
  struct stat st {};
  REQUIRE(::stat((dir / "x.loopstall").c_str(), &st) == 0);
  CHECK((st.st_mode & 07777) == 0600);
  writer.flush(full_session());
  REQUIRE(writer.finish(full_session()));
  REQUIRE(::stat((dir / "x.loopstall").c_str(), &st) == 0);
  CHECK((st.st_mode & 07777) == 0600);
  CHECK(dir.files() == 1);
  CHECK(query(dir / "x.loopstall", "PRAGMA journal_mode") == "delete");
}

TEST_CASE("a writer that is dropped leaves the last flush and no side file") {
  const TempDir dir;
  Growing g;
  g.grow();
  {
    RecordingWriter writer = must_create(dir / "x.loopstall");
    writer.flush(g.session);
  }
  CHECK(dir.files() == 1);
  CHECK(must_read(dir / "x.loopstall").info.duration_ns == g.session.info.duration_ns);
}

TEST_CASE("a writer can be moved") {
  const TempDir dir;
  RecordingWriter a = must_create(dir / "a.loopstall");
  RecordingWriter b = must_create(dir / "b.loopstall");
  b = std::move(a);
  REQUIRE(b.finish(full_session()));
  CHECK(must_read(dir / "a.loopstall") == full_session());
}

TEST_CASE("reading while it is written never fails and never goes back in time") {
  const TempDir dir;
  RecordingWriter writer = must_create(dir / "x.loopstall");
  Growing g(2);
  std::uint64_t last = 0;
  for (int i = 0; i < 60; ++i) {
    g.grow();
    writer.flush(g.session);
    const std::uint64_t duration = must_read(dir / "x.loopstall").info.duration_ns;
    CHECK(duration >= last);
    last = duration;
  }
}
