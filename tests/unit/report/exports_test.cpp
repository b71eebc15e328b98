// Every export of every session, read by tests/exports/check.py as the programs would that it is for.
// LOOPSTALL_EXPORTS=DIR keeps the files there.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cases.h"
#include "catch.h"
#include "exports_cases.h"
#include "model/merge.h"
#include "report/report.h"

namespace loopstall {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() : kept_(std::getenv("LOOPSTALL_EXPORTS")) {
    std::string name = kept_ ? kept_ : (fs::temp_directory_path() / "loopstall-exports-XXXXXX").string();
    if (!kept_) REQUIRE(::mkdtemp(name.data()));
    path_ = name;
  }
  ~Folder() {
    if (!kept_) fs::remove_all(path_);
  }
  std::string base(std::string_view name) const { return (path_ / name).string(); }

 private:
  const char* kept_;
  fs::path path_;
};

void write_all(const std::string& base, const Session& session) {
  const Summary summary = summarize(session);
  for (const ReportFormat& format : report_formats()) {
    const std::string path = base + "." + std::string(format.ending);
    std::ofstream(path, std::ios::binary) << format.render(summary, {});
  }
}

int check(const std::string& bases) {
  return std::system((LOOPSTALL_PYTHON " -B '" LOOPSTALL_SOURCE_DIR "/tests/exports/check.py'" + bases).c_str());
}

}  // namespace

TEST_CASE("exports are valid and add up to the report") {
  const Folder folder;
  std::string bases;
  const auto write = [&](std::string_view name, const Session& session) {
    write_all(folder.base(name), session);
    bases += " '" + folder.base(name) + "'";
  };
  for (const GoldenCase& c : golden_cases()) write(c.name, c.make());
  write("hostile_everywhere", hostile_everywhere());
  write("more_than_is_kept", more_than_is_kept());
  write("without_evidence", without_evidence());
  const auto merged = merge({{"web;1", golden_cases().front().make()},
                             {"<b>", session_with_tasks()},
                             {"web-2", hostile_everywhere()},
                             {"web-3", hostile_everywhere()}});
  REQUIRE(merged);
  write("merged", *merged);
  CHECK(check(bases) == 0);
}

TEST_CASE("a million stalls and 10,000 tasks fit into every format") {
  const Summary summary = summarize(huge());
  REQUIRE(summary.stalls_total == 1'000'000);
  REQUIRE(summary.tasks.size() >= 10'000);
  for (const ReportFormat& format : report_formats()) {
    CAPTURE(format.name);
    const std::string report = format.render(summary, {});
    CHECK_FALSE(report.empty());
    CHECK(report.size() < 64'000'000);
  }
}

TEST_CASE("the same session gives the same bytes in every format") {
  for (const ReportFormat& format : report_formats()) {
    CAPTURE(format.name);
    const Summary first = summarize(hostile_everywhere()), second = summarize(hostile_everywhere());
    CHECK(format.render(first, {}) == format.render(second, {}));
  }
}

}  // namespace loopstall
