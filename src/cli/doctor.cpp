#include <unistd.h>

#include "cli/doctor_checks.h"
#include "cli/help_format.h"
#include "cli/parse.h"
#include "cli/talk.h"
#include "cli/verbs.h"

namespace loopstall {
namespace {

const char kExamples[] =
    "Examples:\n"
    "  sudo loopstall doctor          would attach work here?\n"
    "  sudo loopstall doctor 4711     and on this process?\n"
    "  loopstall doctor --json | jq '.checks[] | select(.ok | not)'\n"
    "\n"
    "Exit codes:\n"
    "  0  attach would work\n"
    "  1  what was found could not be written\n"
    "  2  wrong usage\n"
    "  3  attach would not work\n";

void add_options(CLI::App& app, DoctorOptions& options) {
  app.add_option("PID", options.target, "A process to look at as well (a name or :PORT will do)")->type_name("");
  app.add_flag("--json", options.json, "For programs");
  app.formatter(std::make_shared<HelpFormat>());
  app.footer(kExamples);
}

}  // namespace

int doctor_verb(const Arguments& arguments) {
  DoctorOptions options;
  CLI::App app("Say what this machine, this user and a target allow.", "loopstall doctor");
  add_options(app, options);
  if (const auto code = parse(app, arguments)) return *code;
  const Diagnosis diagnosis = diagnose(options.target);
  const int failed = print(options.json ? doctor_json(diagnosis) : doctor_text(diagnosis, style_for(STDOUT_FILENO)));
  if (failed) return failed;
  return static_cast<int>(diagnosis.ok() ? ExitCode::Done : ExitCode::CannotMeasure);
}

}  // namespace loopstall
