// write_reports DIRECTORY: the HTML and the JSON report of made-up sessions, for test_browser.py.
#include <fstream>
#include <string>

#include "cases.h"
#include "report/report.h"
#include "scale_case.h"

namespace {

void write(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

void write_reports(const std::string& path, const loopstall::Session& session) {
  const loopstall::Summary summary = summarize(session);
  write(path + ".html", render_html(summary, {}));
  write(path + ".json", render_json(summary, {}));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::string directory = argv[1];
  for (const loopstall::GoldenCase& c : loopstall::golden_cases())
    write_reports(directory + "/" + std::string(c.name), c.make());
  write_reports(directory + "/scale", loopstall::scale_session());
  write_reports(directory + "/hostile", loopstall::hostile_session());
}
