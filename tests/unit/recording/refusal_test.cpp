// Everything that is not a recording has words of its own, and is left alone.
#include <signal.h>
#include <sys/resource.h>

#include "fixture.h"

using namespace loopstall;
using namespace loopstall::test;

namespace {

std::string read_error(const std::string& path) {
  const Result<Session> session = read_recording(path);
  REQUIRE_FALSE(session);
  CHECK(session.error().code == ExitCode::Error);
  CHECK(session.error().message.find(path) != std::string::npos);
  return session.error().message;
}

std::string create_error(const std::string& path) {
  const Result<RecordingWriter> writer = RecordingWriter::create(path);
  REQUIRE_FALSE(writer);
  CHECK(writer.error().code == ExitCode::Error);
  CHECK(writer.error().message.find(path) != std::string::npos);
  return writer.error().message;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void make_recording(const std::string& path) { REQUIRE(must_create(path).finish(full_session())); }

void make_database(const std::string& path, const std::string& sql) {
  Result<Database> db = Database::open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  REQUIRE(db);
  REQUIRE(db->exec(sql));
}

const std::string kTo3 =
    "DROP TABLE block; DROP TABLE loop_block; DROP TABLE loop_block_bucket; DROP TABLE task_block;"
    "DROP TABLE task_block_bucket; DROP VIEW tasks; ALTER TABLE task DROP COLUMN blocks_dropped;"
    "DELETE FROM meta WHERE key = 'block_ns';";

const std::string kWithoutRequests = "DROP TABLE request; DROP TABLE request_bucket; DROP TABLE request_reads;";

const std::string kTo2 =
    kTo3 + kWithoutRequests +
    "DROP TABLE queue; DROP TABLE blame; DELETE FROM distribution WHERE kind IN ('queue', 'accept');"
    "DELETE FROM histogram WHERE kind IN ('queue', 'accept');"
    "DROP TABLE task; DROP TABLE task_bucket; DROP TABLE task_handler; DROP TABLE task_handler_bucket;"
    "ALTER TABLE loop DROP COLUMN tasks_measured_ns; ALTER TABLE loop DROP COLUMN tasks_iterations;"
    "ALTER TABLE loop DROP COLUMN tasks_busy_ns; ALTER TABLE loop DROP COLUMN handlers_not_kept;";

Session without_blocks(Session session) {
  session.blocks = {};
  for (Loop& loop : session.loops) loop.blocks = {};
  for (Task& task : session.tasks) {
    task.blocks = {};
    task.blocks_dropped = false;
    for (TaskHandler& handler : task.handlers) handler.blocks = {};
  }
  return session;
}

Session without_tasks(Session session) {
  session = without_blocks(std::move(session));
  session.tasks.clear();
  session.requests.clear();
  for (Loop& loop : session.loops) loop.tasks = {}, loop.queue = {}, loop.requests = {}, loop.handlers_not_kept = 0;
  for (Stall& stall : session.stalls) stall.delayed = {};
  for (StallGroup& group : session.groups) group.blame = {};
  return session;
}

// Stands in for a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("reading says what is there instead of a recording") {
  const TempDir dir;
  CHECK(contains(read_error(dir / "missing"), "no such file"));
  CHECK(contains(read_error(dir.path()), "directory"));
  write_file(dir / "empty", "");
  CHECK(contains(read_error(dir / "empty"), "empty"));
  write_file(dir / "text", "p50 1 ms\n");
  CHECK(contains(read_error(dir / "text"), "not a loopstall recording"));
  make_database(dir / "foreign", "CREATE TABLE t(x)");
  CHECK(contains(read_error(dir / "foreign"), "SQLite database, but not"));
  REQUIRE(::mkfifo((dir / "fifo").c_str(), 0600) == 0);
  CHECK(contains(read_error(dir / "fifo"), "regular file"));
  CHECK(contains(read_error("/dev/null"), "regular file"));
  CHECK(contains(read_error(dir / "text/x"), "Not a directory"));
}

TEST_CASE("a recording of a later version is named with both versions") {
  const TempDir dir;
  make_recording(dir / "x");
  make_database(dir / "x", "PRAGMA user_version=5");
  CHECK(contains(read_error(dir / "x"), "newer loopstall (recording version 5, this one reads 4)"));
}

TEST_CASE("a recording from before there were requests is read") {
  const TempDir dir;
  make_recording(dir / "x");
  make_database(dir / "x", kWithoutRequests);
  Session session = full_session();
  session.requests.clear();
  for (Loop& loop : session.loops) loop.requests = {};
  CHECK(must_read(dir / "x") == session);
}

TEST_CASE("a recording of version 4 may know no accept queue") {
  const TempDir dir;
  make_recording(dir / "x");
  make_database(dir / "x",
                "ALTER TABLE queue DROP COLUMN refused; ALTER TABLE queue DROP COLUMN backlog_most;"
                "ALTER TABLE queue DROP COLUMN backlog_limit;");
  Session session = full_session();
  for (Loop& loop : session.loops)
    loop.queue.total.refused = loop.queue.total.backlog_most = loop.queue.total.backlog_limit = 0;
  CHECK(session != full_session());
  CHECK(must_read(dir / "x") == session);
}

TEST_CASE("a recording of version 4 may not say what culprits did, nor count handlers that were not kept") {
  const TempDir dir;
  make_recording(dir / "x");
  make_database(dir / "x",
                "ALTER TABLE evidence DROP COLUMN cause; ALTER TABLE evidence DROP COLUMN syscall;"
                "ALTER TABLE evidence DROP COLUMN object; ALTER TABLE loop DROP COLUMN handlers_not_kept;");
  Session session = full_session();
  for (Loop& loop : session.loops) loop.handlers_not_kept = 0;
  for (Stall& stall : session.stalls) {
    Evidence evidence = *stall.evidence;
    evidence.culprit_cause = {};
    stall.evidence = evidence;
  }
  CHECK(must_read(dir / "x") == session);
}

TEST_CASE("a recording of version 3 is read, without blocks of time") {
  const TempDir dir;
  make_recording(dir / "x");
  make_database(dir / "x", kTo3 + "PRAGMA user_version=3");
  REQUIRE(::chmod((dir / "x").c_str(), 0400) == 0);
  CHECK(must_read(dir / "x") == without_blocks(full_session()));
}

TEST_CASE("a recording of version 2 is read, without tasks and queue delay") {
  const TempDir dir;
  make_recording(dir / "x");
  make_database(dir / "x", kTo2 + "PRAGMA user_version=2");
  REQUIRE(::chmod((dir / "x").c_str(), 0400) == 0);
  CHECK(must_read(dir / "x") == without_tasks(full_session()));
}

TEST_CASE("a recording of version 1 is read, without what it did not know yet") {
  const TempDir dir;
  make_recording(dir / "x");
  make_database(dir / "x",
                kTo2 +
                    "DROP VIEW culprits; DROP VIEW frames;"
                    "DROP TABLE frame; DROP TABLE evidence; DROP TABLE cause; DROP TABLE culprit;"
                    "DROP TABLE culprit_bucket; DROP TABLE sample; DROP TABLE stack;"
                    "ALTER TABLE loop DROP COLUMN tier_reason; ALTER TABLE loop DROP COLUMN evidence_dropped;"
                    "ALTER TABLE loop DROP COLUMN stalls_not_grouped; PRAGMA user_version=1");
  REQUIRE(::chmod((dir / "x").c_str(), 0400) == 0);
  Session expected = without_tasks(full_session());
  expected.groups.clear();
  for (Stall& stall : expected.stalls) stall.evidence = {};
  for (Loop& loop : expected.loops) {
    loop.tier_reason.clear();
    loop.evidence_dropped = loop.stalls_not_grouped = 0;
  }
  CHECK(must_read(dir / "x") == expected);
}

TEST_CASE("a recording cut off at any length is truncated or damaged, never wrong") {
  const TempDir dir;
  make_recording(dir / "x");
  const std::string whole = read_file(dir / "x");
  CHECK(whole.size() > 20'000);
  for (std::size_t size : {1UL, 10UL, 16UL, 50UL, 99UL, 100UL, 1000UL, 4095UL, 4096UL, 10'000UL, whole.size() / 2,
                           whole.size() - 4096, whole.size() - 1}) {
    CAPTURE(size);
    write_file(dir / "cut", whole.substr(0, size));
    const std::string message = read_error(dir / "cut");
    if (size >= 16) CHECK(contains(message, "truncated"));
  }
}

TEST_CASE("a damaged page is noticed or harmless, never a crash") {
  const TempDir dir;
  make_recording(dir / "x");
  const std::string whole = read_file(dir / "x");
  std::mt19937 random(1);
  unsigned noticed = 0;
  for (int round = 0; round < 100; ++round) {
    std::string bad = whole;
    const std::size_t page = random() % (whole.size() / 4096);
    for (int i = 0; i < 64; ++i) bad[page * 4096 + 100 + random() % 3900] = static_cast<char>(random());
    write_file(dir / "bad", bad);
    const Result<Session> session = read_recording(dir / "bad");
    if (!session) ++noticed;
    if (!session) CHECK(contains(session.error().message, "damaged"));
  }
  CHECK(noticed > 50);  // the rest hit numbers: there are no checksums
}

TEST_CASE("columns that make no sense are refused") {
  const TempDir dir;
  for (const char* sql : {"UPDATE histogram SET bucket = 999999 WHERE bucket = (SELECT MAX(bucket) FROM histogram)",
                          "UPDATE timeline_bucket SET bucket = -1 WHERE (loop, point, bucket) = "
                          "(SELECT loop, point, bucket FROM timeline_bucket LIMIT 1)",
                          "UPDATE stall SET loop = 70 WHERE id = 0",
                          "UPDATE loop SET id = 4000000000 WHERE id = 1",
                          "UPDATE timeline SET point = 77 WHERE point = 0",
                          "DELETE FROM process WHERE id = 0",
                          "DROP TABLE lost",
                          "DROP TABLE frame",
                          "DELETE FROM frame WHERE id = 1",
                          "UPDATE frame SET id = -1 WHERE id = 2",
                          "UPDATE evidence SET stall = 4096 WHERE stall = (SELECT MIN(stall) FROM evidence)",
                          "UPDATE evidence SET handler = 9999",
                          "UPDATE evidence SET frame = -1",
                          "UPDATE cause SET stall = -1 WHERE stall = 0",
                          "DELETE FROM cause WHERE n = 0",
                          "UPDATE culprit SET loop = 70",
                          "UPDATE culprit SET handler = 9999",
                          "DELETE FROM culprit WHERE id = 0",
                          "UPDATE culprit_bucket SET bucket = 999999",
                          "UPDATE sample SET id = 4096 WHERE owner = 'stall' AND id = 0",
                          "UPDATE sample SET owner = 'nobody' WHERE owner = 'culprit'",
                          "DELETE FROM sample WHERE n = 0",
                          "UPDATE stack SET frame = 9999",
                          "UPDATE stack SET depth = 77 WHERE depth = 0",
                          "UPDATE stack SET n = 77 WHERE n = 1",
                          "DELETE FROM task WHERE id = 0",
                          "DELETE FROM task WHERE id = (SELECT MAX(id) FROM task)",
                          "UPDATE task SET id = -1 WHERE id = 0",
                          "UPDATE task_bucket SET task = 9999 WHERE task = 0",
                          "UPDATE task_bucket SET bucket = -1 WHERE (task, bucket) = "
                          "(SELECT task, bucket FROM task_bucket LIMIT 1)",
                          "UPDATE task_handler SET task = -1 WHERE task = 0",
                          "DELETE FROM task_handler WHERE n = 0",
                          "UPDATE task_handler_bucket SET n = 256 WHERE n = 0",
                          "UPDATE task_handler_bucket SET task = 9999 WHERE task = 0",
                          "DROP TABLE task_handler_bucket",
                          "DELETE FROM block WHERE block = 0",
                          "DELETE FROM block WHERE block = (SELECT MAX(block) - 1 FROM block)",
                          "UPDATE loop_block SET loop = 70 WHERE loop = 1",
                          "UPDATE loop_block SET block = -1 WHERE block = 0",
                          "UPDATE loop_block_bucket SET block = 63 WHERE block = 0",
                          "UPDATE loop_block_bucket SET bucket = -1 - bucket",
                          "UPDATE task_block SET task = 9999 WHERE task = 0",
                          "UPDATE task_block SET n = -2 WHERE n = -1",
                          "UPDATE task_block SET n = 256 WHERE n = 0",
                          "UPDATE task_block SET block = 64 WHERE block = 0",
                          "UPDATE task_block_bucket SET block = 63 WHERE block = 0",
                          "UPDATE task_block_bucket SET n = 256 WHERE n = 0",
                          "UPDATE task_block_bucket SET bucket = -1 - bucket",
                          "DROP TABLE block"}) {
    CAPTURE(sql);
    make_recording(dir / "x");
    make_database(dir / "x", sql);
    CHECK(contains(read_error(dir / "x"), "damaged"));
  }
}

TEST_CASE("what later versions add beside the tables does not disturb") {
  const TempDir dir;
  make_recording(dir / "x");
  make_database(dir / "x",
                "CREATE TABLE socket(x); INSERT INTO lost VALUES('news', 1, ''); INSERT INTO cost VALUES('gpu', 1);"
                "UPDATE loop SET wait = 'kqueue' WHERE id = 0; ALTER TABLE loop ADD COLUMN color TEXT;");
  Session expected = full_session();
  expected.loops[0].wait = Wait::Unknown;
  CHECK(must_read(dir / "x") == expected);
}

TEST_CASE("only a recording or an empty file is overwritten") {
  const TempDir dir;
  write_file(dir / "text", "precious\n");
  CHECK(contains(create_error(dir / "text"), "not a loopstall recording"));
  CHECK(read_file(dir / "text") == "precious\n");
  make_database(dir / "foreign", "CREATE TABLE t(x)");
  CHECK(contains(create_error(dir / "foreign"), "not a loopstall recording"));
  CHECK(contains(create_error(dir.path()), "directory"));
  CHECK(contains(create_error("/dev/null"), "regular file"));
  CHECK(dir.files() == 2);
  write_file(dir / "empty", "");
  make_recording(dir / "empty");
  make_recording(dir / "empty");
  CHECK(must_read(dir / "empty") == full_session());
}

TEST_CASE("an unwritable place is named before anything is measured") {
  const TempDir dir;
  CHECK(contains(create_error(dir / "no/such/dir/x"), "No such file or directory"));
  CHECK(contains(create_error("/proc/x.loopstall"), "cannot create"));
  if (is_root()) return;  // root may write anywhere
  REQUIRE(::chmod(dir.path().c_str(), 0500) == 0);
  CHECK(contains(create_error(dir / "x"), "Permission denied"));
}

TEST_CASE("two writers do not share a file") {
  const TempDir dir;
  RecordingWriter first = must_create(dir / "x");
  CHECK(contains(create_error(dir / "x"), "another loopstall"));
  first.flush(full_session());
  CHECK(contains(create_error(dir / "x"), "another loopstall"));
  REQUIRE(first.finish(full_session()));
  make_recording(dir / "x");
}

TEST_CASE("what a killed loopstall left behind is replaced") {
  const TempDir dir;
  write_file(dir / "x-next", "torn");
  make_recording(dir / "x");
  CHECK(dir.files() == 1);
}

TEST_CASE("a symlink stays, and what it leads to is the recording") {
  const TempDir dir;
  make_recording(dir / "real");
  REQUIRE(::symlink((dir / "real").c_str(), (dir / "link").c_str()) == 0);
  REQUIRE(must_create(dir / "link").finish(Session{}));
  CHECK(std::filesystem::is_symlink(dir / "link"));
  CHECK(must_read(dir / "real") == Session{});
}

TEST_CASE("a symlink to nothing stays, and what it leads to is made") {
  const TempDir dir;
  REQUIRE(::symlink("real", (dir / "link").c_str()) == 0);
  REQUIRE(must_create(dir / "link").finish(Session{}));
  CHECK(std::filesystem::is_symlink(dir / "link"));
  CHECK(must_read(dir / "real") == Session{});
}

TEST_CASE("a recording that is removed under the writer is an error at the end") {
  const TempDir dir;
  RecordingWriter writer = must_create(dir / "x");
  REQUIRE(::unlink((dir / "x").c_str()) == 0);
  const Result<> result = writer.finish(full_session());
  REQUIRE_FALSE(result);
  CHECK(contains(result.error().message, "cannot write the recording " + (dir / "x")));
}

TEST_CASE("when the disk is full the last state that fitted stays, and finish() tells") {
  const TempDir dir;
  RecordingWriter writer = must_create(dir / "x");
  Growing g;
  g.grow();
  writer.flush(g.session);
  while (read_recording(dir / "x")->info.duration_ns == 0) ::usleep(1000);
  Result<> result;
  {
    const FileSizeLimit limit(200'000);
    for (int i = 0; i < 200; ++i) g.grow();
    writer.flush(g.session);
    result = writer.finish(g.session);
  }
  REQUIRE_FALSE(result);
  CHECK(contains(result.error().message, "cannot write the recording " + (dir / "x")));
  CHECK(must_read(dir / "x").info.duration_ns == kSecond);
  CHECK(dir.files() == 1);
}

TEST_CASE("a read-only recording in a read-only directory is read") {
  const TempDir dir;
  make_recording(dir / "x");
  REQUIRE(::chmod((dir / "x").c_str(), 0400) == 0);
  REQUIRE(::chmod(dir.path().c_str(), 0500) == 0);
  CHECK(must_read(dir / "x") == full_session());
}

TEST_CASE("a recording that a SQL shell left in WAL mode is read, with and without its side files") {
  const TempDir dir;
  make_recording(dir / "x");
  Session expected = full_session();
  {
    Result<Database> db = Database::open(dir / "x", SQLITE_OPEN_READWRITE);
    REQUIRE(db->exec("PRAGMA journal_mode=WAL; UPDATE session SET target = 'changed'"));
    std::filesystem::copy_file(dir / "x", dir / "100%? #x");
    std::filesystem::copy_file(dir / "x", dir / "z");
    std::filesystem::copy_file(dir / "x-wal", dir / "z-wal");
  }
  CHECK(must_read(dir / "100%? #x") == expected);
  REQUIRE(::chmod((dir / "100%? #x").c_str(), 0400) == 0);
  REQUIRE(::chmod(dir.path().c_str(), 0500) == 0);
  CHECK(must_read(dir / "100%? #x") == expected);
  REQUIRE(::chmod(dir.path().c_str(), 0700) == 0);
  expected.info.target = "changed";
  CHECK(must_read(dir / "z") == expected);
}
