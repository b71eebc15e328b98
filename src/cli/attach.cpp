#include <fmt/format.h>

#include <initializer_list>

#include "cli/attached.h"
#include "cli/help_format.h"
#include "cli/parse.h"
#include "cli/talk.h"
#include "cli/verbs.h"

namespace loopstall {
namespace {

class Attach : Attached {
 public:
  explicit Attach(const AttachOptions& options) : Attached(options) {}

  Result<> go() {
    using Step = Result<> (Attach::*)();
    for (const Step step : std::initializer_list<Step>{
             &Attach::plan, &Attach::find_targets, &Attach::open_files, &Attach::prepare_stall_command,
             &Attach::load_probes, &Attach::add_targets, &Attach::give_up_privileges, &Attach::take_signals,
             &Attach::start_recording, &Attach::measure})
      if (auto done = (this->*step)(); !done) return done;
    return report();
  }

 private:
  Result<> measure() {
    talk(fmt::format("measuring {} {}", targets_.description, how_long()));
    if (verbose()) introduce_processes();
    measure_until_end(!quiet(), nullptr);
    return {};
  }

  void introduce_processes() const {
    for (const Process& process : measurement_->session().processes)
      say(fmt::format("process {} ({}): {}; counting every iteration", process.pid, process.comm, process.runtime));
  }
};

const char kExamples[] =
    "Examples:\n"
    "  loopstall attach 4711                     until Ctrl-C, then the report\n"
    "  loopstall attach :8000 -d 30s             who listens there, and the workers\n"
    "  loopstall attach uvicorn --threshold 50ms by name; less than 50 ms is no stall\n"
    "  loopstall attach 4711 -d 1m -o slow.loopstall -o slow.json\n"
    "  loopstall attach 4711 --on-stall 'echo \"$LOOPSTALL_CULPRIT\" >> stalls'\n"
    "\n"
    "Exit codes:\n"
    "  0  done\n"
    "  1  error: a file could not be written, ...\n"
    "  2  wrong usage\n"
    "  3  could not measure: no permission, no BPF, target gone, no loop seen\n";

void add_options(CLI::App& app, AttachOptions& options) {
  app.add_option("TARGET", options.targets, "A pid, a process name, or :PORT (whoever listens there)")
      ->required()
      ->type_name("");
  add_measure_options(app, options.measure);
  add_output_options(app, options.output, Saves::RecordingAndReports);
  add_talk_options(app, options.talk);
  app.formatter(std::make_shared<HelpFormat>());
  app.footer(kExamples);
}

}  // namespace

int attach_verb(const Arguments& arguments) {
  AttachOptions options;
  CLI::App app("Measure the event loops of running processes, without changing them.", "loopstall attach");
  add_options(app, options);
  if (const auto code = parse(app, arguments)) return *code;
  const auto done = Attach(options).go();
  return done ? 0 : fail_with(done.error());
}

}  // namespace loopstall
