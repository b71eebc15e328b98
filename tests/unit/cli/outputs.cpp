#include "cli/outputs.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "catch.h"
#include "unit/cli/captured.h"

using namespace loopstall;

namespace {

OutputPlan plan(const OutputFlags& flags, Printing printing = Printing::Always) {
  const auto planned = plan_outputs(flags, printing);
  REQUIRE(planned);
  return *planned;
}

struct TemporaryFolder {
  std::string path = (std::filesystem::temp_directory_path() / "loopstall-out-XXXXXX").string();
  TemporaryFolder() { REQUIRE(mkdtemp(path.data())); }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
  std::string file(const std::string& name) const { return path + "/" + name; }
};

std::string contents(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("without flags the text report is printed") {
  const OutputPlan p = plan({});
  CHECK(p.printed == find_format("text"));
  CHECK(p.recording.empty());
  CHECK(p.reports.empty());
}

TEST_CASE("the ending chooses what is saved; the report is printed as well") {
  const OutputPlan p = plan({{"x.loopstall", "y.json", "z.txt"}, ""});
  CHECK(p.recording == "x.loopstall");
  REQUIRE(p.reports.size() == 2);
  CHECK(p.reports[0].format == find_format("json"));
  CHECK(p.reports[1].format == find_format("text"));
  CHECK(p.printed == find_format("text"));
}

TEST_CASE("report prints only if nothing is saved") {
  CHECK(plan({{"y.json"}, ""}, Printing::OnlyWithoutFiles).printed == nullptr);
  CHECK(plan({{}, "json"}, Printing::OnlyWithoutFiles).printed == find_format("json"));
  CHECK(plan({{"y.json"}, ""}, Printing::OnlyIfAsked).printed == nullptr);
  CHECK(plan({{"y.json"}, "json"}, Printing::OnlyIfAsked).printed == nullptr);
  CHECK(plan({{}, ""}, Printing::OnlyIfAsked).printed == nullptr);
  CHECK(plan({{}, "json"}, Printing::OnlyIfAsked).printed == find_format("json"));
}

TEST_CASE("option -f gives a format to a file whose ending tells none, and is then not printed") {
  const OutputPlan p = plan({{"/dev/fd/3"}, "json"});
  CHECK(p.reports.at(0).format == find_format("json"));
  CHECK(p.printed == nullptr);
  CHECK_FALSE(plan_outputs({{"/dev/fd/3"}, ""}, Printing::Always));
}

TEST_CASE("a dash is standard output, once") {
  const OutputPlan p = plan({{"-"}, "json"});
  CHECK(p.to_stdout);
  CHECK(p.chosen == find_format("json"));
  CHECK(p.printed == nullptr);
}

TEST_CASE("there is one recording at most, and every file has a name") {
  CHECK_FALSE(plan_outputs({{"a.loopstall", "b.loopstall"}, ""}, Printing::Always));
  CHECK_FALSE(plan_outputs({{""}, ""}, Printing::Always));
}

TEST_CASE("an output that can not be written fails at once and names the file") {
  const auto opened = Outputs::open(plan({{"/nonexistent/x.json"}, ""}), 1);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == ExitCode::Error);
  CHECK(opened.error().message.find("/nonexistent/x.json") != std::string::npos);
}

TEST_CASE("a file that nothing came of is removed, one that was there stays as it was") {
  const TemporaryFolder folder;
  std::ofstream(folder.file("old.json")) << "old";
  static_cast<void>(Outputs::open(plan({{folder.file("new.json"), folder.file("old.json")}, ""}), 1));
  CHECK_FALSE(std::filesystem::exists(folder.file("new.json")));
  CHECK(contents(folder.file("old.json")) == "old");
}

TEST_CASE("what is saved is what is printed") {
  const TemporaryFolder folder;
  Session session;
  session.info.target = "server";
  auto outputs = Outputs::open(plan({{folder.file("x.json"), "-"}, "json"}), 1);
  REQUIRE(outputs);
  CapturedFd out(STDOUT_FILENO);
  const auto published = outputs->publish(session);
  const std::string printed = out.finish();
  REQUIRE(published);
  CHECK_FALSE(printed.empty());
  CHECK(contents(folder.file("x.json")) == printed);
}

TEST_CASE("a shorter report leaves nothing of a longer one") {
  const TemporaryFolder folder;
  std::ofstream(folder.file("x.json")) << std::string(1 << 20, 'x');
  auto outputs = Outputs::open(plan({{folder.file("x.json")}, ""}, Printing::OnlyWithoutFiles), 1);
  REQUIRE(outputs);
  REQUIRE(outputs->publish({}));
  CHECK(contents(folder.file("x.json")).find('x', contents(folder.file("x.json")).size() - 3) == std::string::npos);
  CHECK(std::filesystem::file_size(folder.file("x.json")) < (1 << 20));
}
