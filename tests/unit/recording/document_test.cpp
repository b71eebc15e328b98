// docs/recording.md tells the truth: it names every table and column, and its queries run.
#include <regex>

#include "fixture.h"
#include "recording/schema.h"

using namespace loopstall;
using namespace loopstall::test;

namespace {

std::string document() { return read_file(LOOPSTALL_SOURCE_DIR "/docs/recording.md"); }

std::vector<std::string> examples() {
  const std::string text = document();
  const std::regex block("```sql\n([^`]*)```");
  std::vector<std::string> found;
  for (std::sregex_iterator i(text.begin(), text.end(), block), end; i != end; ++i) found.push_back((*i)[1]);
  return found;
}

std::vector<std::string> column(Database& db, const std::string& sql) {
  Result<Statement> statement = db.prepare(sql);
  INFO((statement ? "" : statement.error().message));
  REQUIRE(statement);
  std::vector<std::string> values;
  while (statement->step() == true) values.push_back(statement->text(0));
  return values;
}

}  // namespace

TEST_CASE("the document names every table, view and column") {
  const TempDir dir;
  REQUIRE(must_create(dir / "x").finish(full_session()));
  Result<Database> db = Database::open(dir / "x", SQLITE_OPEN_READONLY);
  const std::string text = document();
  for (const std::string& name : column(*db, "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")) {
    CAPTURE(name);
    CHECK(text.find("| `" + name + "` |") != std::string::npos);
  }
  for (const std::string& name : column(*db,
                                        "SELECT DISTINCT c.name FROM sqlite_master m, pragma_table_info(m.name) c "
                                        "WHERE m.type = 'table'")) {
    CAPTURE(name);
    CHECK(text.find('`' + name + '`') != std::string::npos);
  }
  CHECK(text.find(std::to_string(kRecordingApplicationId)) != std::string::npos);
}

TEST_CASE("the document's queries run and find something") {
  const TempDir dir;
  REQUIRE(must_create(dir / "x").finish(full_session()));
  Result<Database> db = Database::open(dir / "x", SQLITE_OPEN_READONLY);
  CHECK(examples().size() >= 6);
  for (const std::string& sql : examples()) {
    CAPTURE(sql);
    CHECK_FALSE(column(*db, sql).empty());
  }
}

TEST_CASE("the view's tasks are all steps of confirmed loops, each once") {
  const TempDir dir;
  REQUIRE(must_create(dir / "x").finish(full_session()));
  const std::string view = "SELECT SUM(steps), SUM(total_ms) FROM tasks WHERE loop = 0",
                    table = "SELECT SUM(steps), SUM(hold_ns) / 1e6 FROM task WHERE loop = 0";
  CHECK(query(dir / "x", view) == query(dir / "x", table));
  CHECK(query(dir / "x", "SELECT COUNT(*) FROM tasks WHERE loop = 1") == "0");
  CHECK(query(dir / "x", "SELECT COUNT(*) FROM tasks WHERE handler IS NULL") != "0");
}

TEST_CASE("the view's percentiles are the report's") {
  const TempDir dir;
  const Session session = full_session();
  REQUIRE(must_create(dir / "x").finish(session));
  for (const auto& [name, q] : {std::pair{"p50_ms", 0.5}, {"p90_ms", 0.9}, {"p99_ms", 0.99}, {"p999_ms", 0.999}}) {
    CAPTURE(name);
    const std::string sql = std::string("SELECT ") + name + " FROM percentiles WHERE loop = 0 AND kind = 'busy'";
    CHECK(std::stod(query(dir / "x", sql)) * 1e6 == Approx(session.loops[0].busy.quantile_ns(q)).epsilon(1e-9));
  }
}
