// A place to write to, and sessions to write.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

#include "base/units.h"
#include "catch.h"
#include "model/session.h"
#include "probes/buckets.h"
#include "recording/recording.h"
#include "recording/sqlite.h"

namespace loopstall::test {

class TempDir {
 public:
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "loopstall-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()));
    path_ = name;
  }
  ~TempDir() {
    ::chmod(path_.c_str(), 0700);
    std::filesystem::remove_all(path_);
  }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::string path_;
};

inline void write_file(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

inline std::string read_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// A server's latencies: log-normal around 0.5 ms, in about 150 buckets a second.
inline LoopSample busy_second(std::uint32_t loop, std::uint64_t at_ns, std::mt19937& random) {
  std::lognormal_distribution<double> ns(13, 0.4);
  Histogram h;
  for (int i = 0; i < 800; ++i) h.record(static_cast<std::uint64_t>(ns(random)));
  LoopSample s;
  s.loop = {loop};
  s.at_ns = at_ns;
  s.delta = {h.count(), h.sum_ns(), 7, 3 * h.count(), 1, 0, {h.sum_ns(), 0, 0, 1, 1}};
  s.busy = s.own = h.buckets();
  s.busy_min_ns = s.own_min_ns = h.min_ns();
  s.busy_max_ns = s.own_max_ns = h.max_ns();
  return s;
}

inline LoopOpened opened(std::uint32_t loop) {
  return {{loop}, 4000, 4000 + static_cast<int>(loop), 10 * kSecond, "uvicorn", Wait::EpollWait, "CPython 3.11.2"};
}

inline Stall stall(std::uint32_t loop, std::uint64_t iteration) {
  return {{loop},          4000,  4000, iteration, iteration * kSecond, 20 * kMillisecond + iteration,
          {5, 4, 3, 2, 1}, false, false};
}

// Every member differs from its default.
inline Frame frame(std::uint32_t line) {
  return {FrameKind::Python, FrameRole::User, "load", "/srv/app.py", line, 40, "/usr/bin/python3", true};
}

inline Evidence evidence_of(const Stall& s) {
  const Cause cause{CauseKind::Gil, "futex", "it's\nthe lock"};
  const auto line = static_cast<std::uint32_t>(41 + s.iteration % 3);
  const Frame kernel{FrameKind::Kernel, FrameRole::Kernel, "do_futex", "", 0, 0, "", false};
  const EvidenceSample first{s.start_ns, 7, true, true, cause, {kernel, frame(line), {}}, {frame(77), kernel}, 4714};
  const EvidenceSample second{s.start_ns + 1, 8, false, false, {}, {frame(line)}, {}, 0};
  return {{first, second},
          {{cause, 15}, {{CauseKind::Cpu, "", ""}, 5}},
          {frame(line), frame(78), 15, true, Unnamed::No},
          {CauseKind::Gil, "it's\na nap", "no object"},
          3 + s.iteration};
}

// A few steps of a task whose handlers change, as the kernel side counts them.
inline void take_steps(Session& session, std::uint32_t id, std::uint32_t loop, std::mt19937& random) {
  if (session.tasks.size() <= id)
    apply(session, TaskSeen{{id}, {loop}, TaskKind::Callback, {"it's", "/srv/app.py", 5}, FrameRole::Loop});
  std::lognormal_distribution<double> ns(13, 2);
  Histogram wide;
  TaskSample sample{.task = {id}, .delta = {}, .hold = {}, .min_ns = 1, .max_ns = 900 * kSecond};
  for (int i = 0; i < 5; ++i) {
    const auto hold = static_cast<std::uint64_t>(ns(random));
    const Split split{hold / 2, hold / 4, hold / 8, 0, 0};
    wide.add({ls_bucket(hold) & ~1U, 1, hold});
    sample.delta += {1, hold, i == 0 ? 1U : 0U, split};
    const SourceName handler{"handler" + std::to_string(random() % 5), "/srv/x.py", 7};
    if (i % 2) apply(session, StepHandled{{id}, handler, true, hold, split, true});
  }
  sample.hold = wide.buckets();
  apply(session, sample);
}

// A session that grows by a sample, a stall, and steps of some tasks a second.
class Growing {
 public:
  explicit Growing(std::uint32_t loops = 1, std::uint32_t tasks = 3) : loops_(loops), tasks_(tasks) {
    session.info = {"0.1.0", "6.1.0", "x86_64", "uvicorn", 1'700'000'000 * kSecond, 10 * kSecond, 0, 10 * kMillisecond};
    for (std::uint32_t i = 0; i < loops; ++i) apply(session, opened(i));
    for (std::uint32_t i = 0; i < loops; ++i) apply(session, LoopConfirmed{{i}, true, ""});
  }
  void grow() {
    session.info.duration_ns = ++seconds_ * kSecond;
    for (std::uint32_t i = 0; i < loops_; ++i) {
      apply(session, busy_second(i, (10 + seconds_) * kSecond, random_));
      const Stall s = stall(i, seconds_);
      apply(session, StallSeen{s});
      apply(session, TaskCoverageRead{{i}, {seconds_ * kSecond, 800 * seconds_, session.loops[i].total.busy_ns}});
      for (std::uint32_t task = 0; task < tasks_; ++task)
        if (seconds_ % (task + 1) == 0) take_steps(session, loops_ * task + i, i, random_);
      if (seconds_ % 2) apply(session, EvidenceFound{s.loop, s.iteration, s.start_ns, s.busy_ns, evidence_of(s)});
    }
    apply(session, ReadingEnded{(10 + seconds_) * kSecond});
  }
  Session session;

 private:
  std::uint32_t loops_, tasks_;
  std::uint64_t seconds_ = 0;
  std::mt19937 random_{1};
};

// Every member of every row differs from its default.
inline Session full_session() {
  Growing g(2);
  for (int i = 0; i < 5; ++i) g.grow();
  Session& s = g.session;
  s.processes = {{1, 0, 5, 0, "init", "init", "native"},
                 {4000, 1, 6, 99, "uvicorn", "uvicorn 'app:x'\t\xc3\xa9", "CPython"}};
  s.loops[1].wait = Wait::IoUringEnter;
  s.loops[1].tier = Tier::Tasks;
  s.loops[1].tier_reason = "the budget";
  s.loops[1].confirmed = false;
  s.loops[1].unconfirmed_reason = "waits for one socket only";
  s.loops[1].closed_ns = 12 * kSecond;
  s.loops[1].total = {1, 2, 3, 4, 5, 6, {7, 8, 9, 10, 11}};
  s.loops[1].stalls_not_kept = 12;
  s.loops[1].evidence_dropped = 13;
  s.loops[1].handlers_not_kept = 41;
  s.loops[1].stalls_not_grouped = 14;
  s.loops[1].tasks = {15, 16, 17};
  s.loops[1].queue = {true, {18, 19, 20, 21, 22, 23, 24, 27, 28, 29}, {}, {}};
  s.loops[1].queue.delay.record(25);
  s.loops[1].queue.accept.record(26);
  s.stalls[0].delayed = {27, 28, 29};
  s.groups[1].blame = {30, 31, 32};
  s.tasks[1].total.blame = {33, 34, 35};
  s.tasks[1].handlers[0].total.blame = {36, 37, 38};
  s.loops[1].requests = {true, 39, 40};
  s.requests = {{{0}, {1}, {Protocol::Http, "GET /it's", true}, 41, {}},
                {{1}, {1}, {Protocol::Redis, "GET", false}, 1, {}}};
  s.requests[0].hold.record(42);
  s.requests[0].hold.record(43'000);
  s.tasks[1].kind = TaskKind::Signal;
  s.tasks[2].blocks_dropped = true;
  s.loops[1].own.record(UINT64_MAX / 2);
  s.stalls[0].ongoing = true;
  s.stalls[1].before_attach = true;
  s.cost = {1, 2, 3, 4, 5, 6};
  s.lost = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  s.recordings = {{"web-1", s.info, 0, 0}, {"it's web-2", s.info, 1, 1}};
  s.notes = {"fentry refused: EPERM", "", "it's\nso"};
  return s;
}

inline RecordingWriter must_create(const std::string& path) {
  Result<RecordingWriter> writer = RecordingWriter::create(path);
  INFO((writer ? "" : writer.error().message));
  REQUIRE(writer);
  return std::move(*writer);
}

inline Session must_read(const std::string& path) {
  Result<Session> session = read_recording(path);
  INFO((session ? "" : session.error().message));
  REQUIRE(session);
  return std::move(*session);
}

// The one value that a query gives.
inline std::string query(const std::string& path, const std::string& sql) {
  Result<Database> db = Database::open(path, SQLITE_OPEN_READONLY);
  REQUIRE(db);
  Result<Statement> statement = db->prepare(sql);
  INFO((statement ? "" : statement.error().message));
  REQUIRE(statement);
  REQUIRE(statement->step() == true);
  return statement->text(0);
}

inline bool is_root() { return ::geteuid() == 0; }

}  // namespace loopstall::test
