#include <unistd.h>

#include "cli/help_format.h"
#include "cli/outputs.h"
#include "cli/parse.h"
#include "cli/query.h"
#include "cli/talk.h"
#include "cli/verbs.h"
#include "recording/recording.h"

namespace loopstall {
namespace {

const char kExamples[] =
    "Prints the same report that was printed when the recording was made.\n"
    "\n"
    "Examples:\n"
    "  loopstall report slow.loopstall\n"
    "  loopstall report slow.loopstall --json | jq '.loops[].busy.p99_ns'\n"
    "  loopstall report slow.loopstall -o slow.json -o slow.txt\n"
    "  loopstall report slow.loopstall -f folded | flamegraph.pl --color=java > x.svg\n"
    "  loopstall report slow.loopstall --sql 'SELECT * FROM culprits' --json\n"
    "\n"
    "Exit codes:\n"
    "  0  done\n"
    "  1  error: no such file, no recording, damaged, made by a newer loopstall, ...\n"
    "  2  wrong usage, also a mistake in --sql\n";

void add_options(CLI::App& app, ReportOptions& options) {
  app.add_option("RECORDING", options.recording, "What attach or run saved with -o FILE.loopstall")
      ->required()
      ->type_name("");
  add_output_options(app, options.output, Saves::Reports);
  app.add_option("--sql", options.sql,
                 "Print what this SELECT finds in the recording, as text, json or csv (-f); docs/recording.md has the "
                 "tables and examples")
      ->type_name("SELECT")
      ->check([](const std::string& select) { return select.empty() ? "there is no SELECT" : ""; });
  app.formatter(std::make_shared<HelpFormat>());
  app.footer(kExamples);
}

Result<> make_report(const ReportOptions& options) {
  const auto plan = plan_outputs(options.output, Printing::OnlyWithoutFiles);
  if (!plan) return tl::unexpected(plan.error());
  if (!plan->recording.empty()) return usage_error("-o " + plan->recording + ": a report makes no recording; copy it");
  const auto session = read_recording(options.recording);
  if (!session) return tl::unexpected(session.error());
  auto outputs = Outputs::open(*plan, STDOUT_FILENO);
  if (!outputs) return tl::unexpected(outputs.error());
  return outputs->publish(*session);
}

}  // namespace

int report_verb(const Arguments& arguments) {
  ReportOptions options;
  CLI::App app("Make a report from a recording.", "loopstall report");
  add_options(app, options);
  if (const auto code = parse(app, arguments)) return *code;
  const auto done = options.sql.empty() ? make_report(options) : answer_query(options);
  return done ? 0 : fail_with(done.error());
}

}  // namespace loopstall
