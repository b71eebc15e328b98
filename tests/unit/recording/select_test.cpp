// Anyone's SELECT: it reads, and nothing else.
#include "recording/select.h"

#include "fixture.h"

using namespace loopstall;
using namespace loopstall::test;

namespace {

std::string stored(const TempDir& dir) {
  REQUIRE(must_create(dir / "x").finish(full_session()));
  return dir / "x";
}

std::string mistake(const std::string& path, const std::string& sql) {
  const Result<Table> answer = select_from_recording(path, sql);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == ExitCode::Usage);
  return answer.error().message;
}

}  // namespace

TEST_CASE("a query's answer has names, types and rows") {
  const TempDir dir;
  const auto table = select_from_recording(
      stored(dir), "SELECT id AS n, 0.5 AS half, comm, NULL AS missing FROM loop ORDER BY id DESC; -- all");
  REQUIRE(table);
  CHECK(table->columns == std::vector<std::string>{"n", "half", "comm", "missing"});
  REQUIRE(table->rows.size() == 2);
  CHECK(table->rows[0] == std::vector<Cell>{std::int64_t{1}, 0.5, "uvicorn", {}});
}

TEST_CASE("views and recursive queries are allowed") {
  const TempDir dir;
  const std::string path = stored(dir);
  CHECK(select_from_recording(path, "SELECT * FROM loops JOIN culprits USING(loop)"));
  const auto count = select_from_recording(
      path, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT COUNT(*) FROM n");
  REQUIRE(count);
  CHECK(count->rows == std::vector<std::vector<Cell>>{{std::int64_t{9}}});
}

TEST_CASE("whatever is no reading of the recording is refused") {
  const TempDir dir;
  const std::string path = stored(dir), before = read_file(path);
  for (const std::string& sql :
       {std::string("DELETE FROM stall"), std::string("DROP TABLE stall"), std::string("CREATE TABLE x(y)"),
        std::string("CREATE TEMP TABLE x(y)"), std::string("INSERT INTO note VALUES(9, 'x')"),
        "ATTACH '" + (dir / "new.db") + "' AS a", std::string("PRAGMA user_version=9"), std::string("PRAGMA page_size"),
        std::string("VACUUM"), "VACUUM INTO '" + (dir / "copy.db") + "'", std::string("SELECT load_extension('x')"),
        std::string("SELECT * FROM pragma_table_info('loop')"), std::string("BEGIN"), std::string("COMMIT"),
        std::string("WITH x AS (SELECT 1) DELETE FROM stall")}) {
    CAPTURE(sql);
    CHECK(mistake(path, sql).find("--sql: ") == 0);
  }
  CHECK(read_file(path) == before);
  CHECK(dir.files() == 1);
}

TEST_CASE("mistakes are told in SQLite's words") {
  const TempDir dir;
  const std::string path = stored(dir);
  CHECK(mistake(path, "SELECT nonsense FROM loop") == "--sql: no such column: nonsense");
  CHECK(mistake(path, "SELECT 1; SELECT 2") == "--sql: more than one statement");
  CHECK(mistake(path, " ; ") == "--sql: there is no statement in it");
  CHECK(mistake(path, std::string("SELECT 1\0; DROP TABLE x", 23)) == "--sql: a NUL is in it");
  CHECK(select_from_recording(dir / "missing", "SELECT 1").error().code == ExitCode::Error);
}
