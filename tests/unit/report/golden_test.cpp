// Reports compared byte for byte with tests/golden/. LOOPSTALL_UPDATE_GOLDEN=1 writes the files anew: look at the
// difference before you commit it.
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "cases.h"
#include "catch.h"
#include "report/report.h"

namespace loopstall {
namespace {

std::string golden_path(std::string_view name) {
  return std::string(LOOPSTALL_SOURCE_DIR "/tests/golden/").append(name);
}

std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void compare(const std::string& name, const std::string& report) {
  INFO("golden file " << name);
  if (std::getenv("LOOPSTALL_UPDATE_GOLDEN")) std::ofstream(golden_path(name), std::ios::binary) << report;
  CHECK(report == contents(golden_path(name)));
}

}  // namespace

TEST_CASE("text reports are the golden ones") {
  for (const GoldenCase& c : golden_cases())
    compare(std::string(c.name) + ".txt", render_text(summarize(c.make()), {}));
}

TEST_CASE("JSON reports are the golden ones") {
  for (const GoldenCase& c : golden_cases())
    compare(std::string(c.name) + ".json", render_json(summarize(c.make()), {}));
}

TEST_CASE("golden JSON reports follow the schema") {
  std::string command =
      "python3 '" + golden_path("validate_schema.py") + "' '" LOOPSTALL_SOURCE_DIR "/docs/report.schema.json'";
  for (const GoldenCase& c : golden_cases()) command += " '" + golden_path(c.name) + ".json'";
  CHECK(std::system(command.c_str()) == 0);
}

}  // namespace loopstall
