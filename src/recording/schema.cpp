#include "recording/schema.h"

#include <fmt/format.h>

namespace loopstall {
namespace {

constexpr const char* kTables = R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE session(
  id INTEGER PRIMARY KEY CHECK(id = 0),
  version TEXT, kernel TEXT, machine TEXT, target TEXT,
  start_realtime_ns INTEGER, start_ns INTEGER, duration_ns INTEGER, threshold_ns INTEGER);

CREATE TABLE process(
  id INTEGER PRIMARY KEY, pid INTEGER, parent INTEGER, seen_ns INTEGER, exited_ns INTEGER,
  comm TEXT, command TEXT, runtime TEXT);

CREATE TABLE loop(
  id INTEGER PRIMARY KEY, pid INTEGER, tid INTEGER, comm TEXT, runtime TEXT, wait TEXT, tier TEXT, tier_reason TEXT,
  confirmed INTEGER, unconfirmed_reason TEXT, seen_ns INTEGER, closed_ns INTEGER,
  iterations INTEGER, busy_ns INTEGER, idle_ns INTEGER, events INTEGER, stalls INTEGER, discarded INTEGER,
  cpu_ns INTEGER, blocked_ns INTEGER, runqueue_ns INTEGER, user_samples INTEGER, kernel_samples INTEGER,
  stalls_not_kept INTEGER, evidence_dropped INTEGER, handlers_not_kept INTEGER, stalls_not_grouped INTEGER,
  tasks_measured_ns INTEGER, tasks_iterations INTEGER, tasks_busy_ns INTEGER);

CREATE TABLE distribution(
  loop INTEGER REFERENCES loop, kind TEXT, count INTEGER, sum_ns INTEGER, min_ns INTEGER, max_ns INTEGER,
  PRIMARY KEY(loop, kind)) WITHOUT ROWID;

CREATE TABLE histogram(
  loop INTEGER REFERENCES loop, kind TEXT, bucket INTEGER, low_ns INTEGER, count INTEGER, sum_ns INTEGER,
  PRIMARY KEY(loop, kind, bucket)) WITHOUT ROWID;

CREATE TABLE timeline(
  loop INTEGER REFERENCES loop, point INTEGER, start_ns INTEGER, end_ns INTEGER, samples INTEGER,
  iterations INTEGER, busy_ns INTEGER, idle_ns INTEGER, events INTEGER, stalls INTEGER, discarded INTEGER,
  cpu_ns INTEGER, blocked_ns INTEGER, runqueue_ns INTEGER, user_samples INTEGER, kernel_samples INTEGER,
  busy_min_ns INTEGER, busy_max_ns INTEGER,
  PRIMARY KEY(loop, point)) WITHOUT ROWID;

CREATE TABLE timeline_bucket(
  loop INTEGER REFERENCES loop, point INTEGER, bucket INTEGER, count INTEGER, sum_ns INTEGER,
  PRIMARY KEY(loop, point, bucket)) WITHOUT ROWID;

CREATE TABLE stall(
  id INTEGER PRIMARY KEY, loop INTEGER REFERENCES loop, pid INTEGER, tid INTEGER, iteration INTEGER,
  start_ns INTEGER, busy_ns INTEGER,
  cpu_ns INTEGER, blocked_ns INTEGER, runqueue_ns INTEGER, user_samples INTEGER, kernel_samples INTEGER,
  ongoing INTEGER, before_attach INTEGER);

CREATE TABLE recording(
  id INTEGER PRIMARY KEY, name TEXT, first_loop INTEGER, first_process INTEGER,
  version TEXT, kernel TEXT, machine TEXT, target TEXT,
  start_realtime_ns INTEGER, start_ns INTEGER, duration_ns INTEGER, threshold_ns INTEGER);

CREATE TABLE cost(name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;
CREATE TABLE lost(kind TEXT PRIMARY KEY, count INTEGER, meaning TEXT) WITHOUT ROWID;
CREATE TABLE note(id INTEGER PRIMARY KEY, text TEXT);
)sql";

// Since version 2.
constexpr const char* kEvidenceTables = R"sql(
CREATE TABLE frame(
  id INTEGER PRIMARY KEY, kind TEXT, role TEXT, function TEXT, file TEXT, line INTEGER, first_line INTEGER,
  module TEXT, inlined INTEGER);

CREATE TABLE evidence(
  stall INTEGER PRIMARY KEY REFERENCES stall, handler INTEGER REFERENCES frame, frame INTEGER REFERENCES frame,
  weight_ns INTEGER, held_gil INTEGER, unnamed TEXT, cause TEXT, syscall TEXT, object TEXT, withheld INTEGER);

CREATE TABLE cause(
  stall INTEGER REFERENCES stall, n INTEGER, cause TEXT, syscall TEXT, object TEXT, ns INTEGER,
  PRIMARY KEY(stall, n)) WITHOUT ROWID;

CREATE TABLE culprit(
  id INTEGER PRIMARY KEY, loop INTEGER REFERENCES loop, handler INTEGER REFERENCES frame,
  frame INTEGER REFERENCES frame, weight_ns INTEGER, held_gil INTEGER, unnamed TEXT,
  cause TEXT, syscall TEXT, object TEXT, stalls INTEGER, sum_ns INTEGER, min_ns INTEGER, max_ns INTEGER);

CREATE TABLE culprit_bucket(
  culprit INTEGER REFERENCES culprit, bucket INTEGER, low_ns INTEGER, count INTEGER, sum_ns INTEGER,
  PRIMARY KEY(culprit, bucket)) WITHOUT ROWID;

CREATE TABLE sample(
  owner TEXT, id INTEGER, n INTEGER, at_ns INTEGER, weight_ns INTEGER, on_cpu INTEGER, complete INTEGER,
  cause TEXT, syscall TEXT, object TEXT, holder_tid INTEGER, PRIMARY KEY(owner, id, n)) WITHOUT ROWID;

CREATE TABLE stack(
  owner TEXT, id INTEGER, n INTEGER, thread TEXT, depth INTEGER, frame INTEGER REFERENCES frame,
  PRIMARY KEY(owner, id, n, thread, depth)) WITHOUT ROWID;
)sql";

// Since version 3.
constexpr const char* kTaskTables = R"sql(
CREATE TABLE task(
  id INTEGER PRIMARY KEY, loop INTEGER REFERENCES loop, kind TEXT, name TEXT, file TEXT, line INTEGER, role TEXT,
  steps INTEGER, hold_ns INTEGER, stalls INTEGER, cpu_ns INTEGER, blocked_ns INTEGER, runqueue_ns INTEGER,
  blocks_dropped INTEGER, min_ns INTEGER, max_ns INTEGER);

CREATE TABLE task_bucket(
  task INTEGER REFERENCES task, bucket INTEGER, low_ns INTEGER, count INTEGER, sum_ns INTEGER,
  PRIMARY KEY(task, bucket)) WITHOUT ROWID;

CREATE TABLE task_handler(
  task INTEGER REFERENCES task, n INTEGER, name TEXT, file TEXT, line INTEGER,
  steps INTEGER, hold_ns INTEGER, stalls INTEGER, cpu_ns INTEGER, blocked_ns INTEGER, runqueue_ns INTEGER,
  estimated_steps INTEGER, min_ns INTEGER, max_ns INTEGER,
  PRIMARY KEY(task, n)) WITHOUT ROWID;

CREATE TABLE task_handler_bucket(
  task INTEGER, n INTEGER, bucket INTEGER, low_ns INTEGER, count INTEGER, sum_ns INTEGER,
  PRIMARY KEY(task, n, bucket)) WITHOUT ROWID;
)sql";

// Since version 4. In task_block n is -1 for all steps of the task (kAllSteps), else a task_handler's.
constexpr const char* kBlockTables = R"sql(
CREATE TABLE block(block INTEGER PRIMARY KEY, start_ns INTEGER, end_ns INTEGER);

CREATE TABLE loop_block(
  loop INTEGER REFERENCES loop, block INTEGER REFERENCES block,
  iterations INTEGER, busy_ns INTEGER, idle_ns INTEGER, events INTEGER, stalls INTEGER, discarded INTEGER,
  cpu_ns INTEGER, blocked_ns INTEGER, runqueue_ns INTEGER, user_samples INTEGER, kernel_samples INTEGER,
  tasks_measured_ns INTEGER, tasks_iterations INTEGER, tasks_busy_ns INTEGER,
  PRIMARY KEY(loop, block)) WITHOUT ROWID;

CREATE TABLE loop_block_bucket(
  loop INTEGER, block INTEGER, kind TEXT, bucket INTEGER, count INTEGER, sum_ns INTEGER,
  PRIMARY KEY(loop, block, kind, bucket)) WITHOUT ROWID;

CREATE TABLE task_block(
  task INTEGER REFERENCES task, n INTEGER, block INTEGER REFERENCES block,
  steps INTEGER, hold_ns INTEGER, stalls INTEGER, cpu_ns INTEGER, blocked_ns INTEGER, runqueue_ns INTEGER,
  PRIMARY KEY(task, n, block)) WITHOUT ROWID;

CREATE TABLE task_block_bucket(
  task INTEGER, n INTEGER, block INTEGER, bucket INTEGER, count INTEGER, sum_ns INTEGER,
  PRIMARY KEY(task, n, block, bucket)) WITHOUT ROWID;
)sql";

// Not in all recordings of version 4 and before.
constexpr const char* kQueueTables = R"sql(
CREATE TABLE queue(
  loop INTEGER PRIMARY KEY REFERENCES loop, waited_ns INTEGER, held_ns INTEGER, stalled_ns INTEGER, early_ns INTEGER,
  unread INTEGER, elsewhere INTEGER, own_waits INTEGER, refused INTEGER, backlog_most INTEGER, backlog_limit INTEGER);

CREATE TABLE blame(
  owner TEXT, id INTEGER, n INTEGER, total_ns INTEGER, max_ns INTEGER, sockets INTEGER,
  PRIMARY KEY(owner, id, n)) WITHOUT ROWID;
)sql";

// Not in all recordings of version 4 and before.
constexpr const char* kRequestTables = R"sql(
CREATE TABLE request(
  id INTEGER PRIMARY KEY, loop INTEGER REFERENCES loop, protocol TEXT, name TEXT, cut INTEGER, count INTEGER,
  min_ns INTEGER, max_ns INTEGER);

CREATE TABLE request_bucket(
  request INTEGER REFERENCES request, bucket INTEGER, low_ns INTEGER, count INTEGER, sum_ns INTEGER,
  PRIMARY KEY(request, bucket)) WITHOUT ROWID;

CREATE TABLE request_reads(loop INTEGER PRIMARY KEY REFERENCES loop, encrypted INTEGER, not_told INTEGER);
)sql";

// For people. Nothing in loopstall reads them, so they may change at any time.
constexpr const char* kViews = R"sql(
CREATE VIEW percentiles AS
WITH ranked AS (
  SELECT h.loop, h.kind, d.count AS n, SUM(h.count) OVER (PARTITION BY h.loop, h.kind ORDER BY h.bucket) AS upto,
         MAX(d.min_ns, MIN(d.max_ns, h.sum_ns / h.count)) / 1e6 AS ms, d.max_ns / 1e6 AS max_ms
  FROM histogram h JOIN distribution d USING(loop, kind) WHERE h.count > 0)
SELECT loop, kind, n,
       MIN(CASE WHEN upto * 1000 >= n * 500 THEN ms END) AS p50_ms,
       MIN(CASE WHEN upto * 1000 >= n * 900 THEN ms END) AS p90_ms,
       MIN(CASE WHEN upto * 1000 >= n * 990 THEN ms END) AS p99_ms,
       MIN(CASE WHEN upto * 1000 >= n * 999 THEN ms END) AS p999_ms,
       max_ms
FROM ranked GROUP BY loop, kind;

CREATE VIEW all_loops AS
WITH summed AS (
  SELECT h.kind, h.bucket, SUM(h.count) AS count, SUM(h.sum_ns) AS sum_ns
  FROM histogram h JOIN loop l ON l.id = h.loop WHERE l.confirmed GROUP BY h.kind, h.bucket),
ends AS (
  SELECT d.kind, SUM(d.count) AS n, MIN(d.min_ns) AS min_ns, MAX(d.max_ns) AS max_ns
  FROM distribution d JOIN loop l ON l.id = d.loop WHERE l.confirmed AND d.count > 0 GROUP BY d.kind),
ranked AS (
  SELECT kind, n, SUM(count) OVER (PARTITION BY kind ORDER BY bucket) AS upto,
         MAX(min_ns, MIN(max_ns, sum_ns / count)) / 1e6 AS ms, max_ns / 1e6 AS max_ms
  FROM summed JOIN ends USING(kind) WHERE count > 0)
SELECT kind, n,
       MIN(CASE WHEN upto * 1000 >= n * 500 THEN ms END) AS p50_ms,
       MIN(CASE WHEN upto * 1000 >= n * 900 THEN ms END) AS p90_ms,
       MIN(CASE WHEN upto * 1000 >= n * 990 THEN ms END) AS p99_ms,
       MIN(CASE WHEN upto * 1000 >= n * 999 THEN ms END) AS p999_ms,
       max_ms
FROM ranked GROUP BY kind;

CREATE VIEW loops AS
SELECT l.id AS loop, l.pid, l.tid, l.comm, l.runtime, l.wait, l.confirmed, l.iterations, l.stalls,
       ROUND(1.0 * l.busy_ns / NULLIF(l.busy_ns + l.idle_ns, 0), 4) AS utilization,
       l.busy_ns / 1e6 AS busy_ms, l.cpu_ns / 1e6 AS cpu_ms, l.blocked_ns / 1e6 AS blocked_ms,
       l.runqueue_ns / 1e6 AS runqueue_ms, p.p50_ms, p.p90_ms, p.p99_ms, p.p999_ms, p.max_ms
FROM loop l LEFT JOIN percentiles p ON p.loop = l.id AND p.kind = 'busy';

CREATE VIEW stalls AS
SELECT l.id AS loop, l.comm, t.pid, t.tid, t.iteration,
       datetime((s.start_realtime_ns + t.start_ns - s.start_ns) / 1000000000, 'unixepoch') AS started_utc,
       (t.start_ns - s.start_ns) / 1e9 AS start_s, t.busy_ns / 1e6 AS busy_ms, t.cpu_ns / 1e6 AS cpu_ms,
       t.blocked_ns / 1e6 AS blocked_ms, t.runqueue_ns / 1e6 AS runqueue_ms, t.ongoing, t.before_attach
FROM stall t JOIN loop l ON l.id = t.loop JOIN session s WHERE l.confirmed ORDER BY t.busy_ns DESC, t.start_ns;

CREATE VIEW history AS
SELECT t.loop, l.comm, (t.start_ns - s.start_ns) / 1e9 AS start_s, (t.end_ns - s.start_ns) / 1e9 AS end_s,
       t.iterations, t.stalls, ROUND(1.0 * t.busy_ns / NULLIF(t.busy_ns + t.idle_ns, 0), 4) AS utilization,
       t.busy_max_ns / 1e6 AS max_ms
FROM timeline t JOIN loop l ON l.id = t.loop JOIN session s;

CREATE VIEW culprits AS
SELECT c.id AS culprit, l.id AS loop, l.comm, f.function, f.file, f.line, h.function AS handler, c.unnamed, c.held_gil,
       c.cause, c.syscall, c.object, c.stalls, c.sum_ns / 1e6 AS total_ms, c.max_ns / 1e6 AS max_ms
FROM culprit c JOIN loop l ON l.id = c.loop LEFT JOIN frame h ON h.id = c.handler
     LEFT JOIN frame f ON f.id = CASE c.frame WHEN 0 THEN c.handler ELSE c.frame END
WHERE l.confirmed ORDER BY c.sum_ns DESC;

CREATE VIEW frames AS
SELECT k.id AS stall, k.n AS sample, k.thread, k.depth, a.weight_ns / 1e6 AS ms, a.cause, f.kind, f.role, f.function,
       f.file, f.line, f.module
FROM stack k JOIN sample a USING(owner, id, n) JOIN frame f ON f.id = k.frame
WHERE k.owner = 'stall' ORDER BY k.id, k.n, k.thread DESC, k.depth;

CREATE VIEW tasks AS
WITH told AS (
  SELECT task, SUM(steps) AS steps, SUM(hold_ns) AS hold_ns, SUM(stalls) AS stalls FROM task_handler GROUP BY task),
part AS (
  SELECT task, name AS handler, file AS handler_file, line AS handler_line, steps, estimated_steps, hold_ns, max_ns,
         stalls
  FROM task_handler
  UNION ALL
  SELECT t.id, NULL, NULL, NULL, t.steps - COALESCE(h.steps, 0), 0, t.hold_ns - COALESCE(h.hold_ns, 0),
         CASE WHEN h.task IS NULL THEN t.max_ns END, t.stalls - COALESCE(h.stalls, 0)
  FROM task t LEFT JOIN told h ON h.task = t.id WHERE t.steps > COALESCE(h.steps, 0))
SELECT t.id AS task, l.id AS loop, l.comm, t.kind, t.name, t.file, t.line, p.handler, p.handler_file, p.handler_line,
       p.steps, p.estimated_steps, p.stalls, p.hold_ns / 1e6 AS total_ms, p.max_ns / 1e6 AS max_ms,
       ROUND(1.0 * p.hold_ns / NULLIF(l.tasks_busy_ns, 0), 4) AS share
FROM part p JOIN task t ON t.id = p.task JOIN loop l ON l.id = t.loop WHERE l.confirmed ORDER BY p.hold_ns DESC;
)sql";

constexpr const char* kMeta = R"sql(
INSERT INTO meta VALUES('format', 'loopstall recording'), ('schema', 'docs/recording.md'), ('finished', '0');
)sql";

constexpr const char* kFrom1 = R"sql(
CREATE TEMP VIEW loop AS
SELECT *, '' AS tier_reason, 0 AS evidence_dropped, 0 AS handlers_not_kept, 0 AS stalls_not_grouped,
       0 AS tasks_measured_ns, 0 AS tasks_iterations, 0 AS tasks_busy_ns
FROM main.loop;
)sql";

constexpr const char* kFrom2 = R"sql(
CREATE TEMP VIEW loop AS
SELECT *, 0 AS handlers_not_kept, 0 AS tasks_measured_ns, 0 AS tasks_iterations, 0 AS tasks_busy_ns FROM main.loop;
)sql";

constexpr const char* kFrom3 = R"sql(
CREATE TEMP VIEW task AS SELECT *, 0 AS blocks_dropped FROM main.task;
)sql";

// Some recordings of version 4 have a queue table that knows no accept queue.
constexpr const char* kWithAcceptQueue = R"sql(
CREATE TEMP VIEW queue AS SELECT *, 0 AS refused, 0 AS backlog_most, 0 AS backlog_limit FROM main.queue;
)sql";

// Some recordings of versions 3 and 4 do not say how many steps had a handler for which there was no room.
constexpr const char* kWithHandlersNotKept = R"sql(
CREATE TEMP VIEW loop AS SELECT *, 0 AS handlers_not_kept FROM main.loop;
)sql";

// Some recordings of versions 2 to 4 do not say what the culprit did.
constexpr const char* kWithCulpritCause = R"sql(
CREATE TEMP VIEW evidence AS SELECT *, 'unknown' AS cause, '' AS syscall, '' AS object FROM main.evidence;
)sql";

std::string as_temporary(std::string tables) {
  constexpr std::string_view kCreate = "CREATE TABLE ", kTemporary = "CREATE TEMP TABLE ";
  for (std::size_t at = 0; (at = tables.find(kCreate, at)) != std::string::npos; at += kTemporary.size())
    tables.replace(at, kCreate.size(), kTemporary);
  return tables;
}

}  // namespace

Result<> create_schema(Database& db) {
  const std::string pragmas =
      fmt::format("PRAGMA application_id={}; PRAGMA user_version={};", kRecordingApplicationId, kRecordingVersion);
  return db.exec("BEGIN;" + pragmas + kTables + kEvidenceTables + kTaskTables + kBlockTables + kQueueTables +
                 kRequestTables + kViews + kMeta + "COMMIT;");
}

namespace {

Result<bool> has_column(Database& db, std::string_view table, std::string_view column) {
  Result<Statement> find = db.prepare("SELECT 1 FROM pragma_table_info(?) WHERE name = ?");
  if (!find) return tl::unexpected(find.error());
  find->bind(1, table);
  find->bind(2, column);
  return find->step();
}

Result<> make_if_missing(Database& db, std::string_view table, std::string_view column, const std::string& sql) {
  const Result<bool> there = has_column(db, table, column);
  if (!there) return tl::unexpected(there.error());
  return *there ? Result<>() : db.exec(sql);
}

// A temporary table hides the file's of the same name, and is made in memory.
Result<> upgrade_version(Database& db) {
  Result<Statement> version = db.prepare("PRAGMA user_version");
  if (!version) return tl::unexpected(version.error());
  Result<bool> row = version->step();
  if (!row) return tl::unexpected(row.error());
  const std::string blocks = kBlockTables, tasks = kTaskTables + blocks;
  if (version->integer(0) < 2) return db.exec(kFrom1 + as_temporary(kEvidenceTables + tasks));
  if (version->integer(0) < 3) return db.exec(kFrom2 + as_temporary(tasks));
  return version->integer(0) < 4 ? db.exec(kFrom3 + as_temporary(blocks)) : Result<>();
}

}  // namespace

Result<> upgrade_in_memory(Database& db) {
  if (auto upgraded = upgrade_version(db); !upgraded) return upgraded;
  if (auto made = make_if_missing(db, "queue", "loop", as_temporary(kQueueTables)); !made) return made;
  if (auto made = make_if_missing(db, "loop", "handlers_not_kept", kWithHandlersNotKept); !made) return made;
  if (auto made = make_if_missing(db, "evidence", "cause", kWithCulpritCause); !made) return made;
  if (auto made = make_if_missing(db, "queue", "refused", kWithAcceptQueue); !made) return made;
  return make_if_missing(db, "request", "id", as_temporary(kRequestTables));
}

}  // namespace loopstall
