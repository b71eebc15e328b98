#include <fmt/format.h>
#include <unistd.h>

#include <initializer_list>

#include "cli/help_format.h"
#include "cli/live.h"
#include "cli/parse.h"
#include "cli/talk.h"
#include "cli/verbs.h"

namespace loopstall {
namespace {

class Attach : Live {
 public:
  explicit Attach(const AttachOptions& options)
      : Live(options.measure, options.output, options.talk), names_(options.targets) {}

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
  // A target that can not be is the user's mistake whoever they are; that one is not found may be for lack of
  // permission.
  Result<> find_targets() {
    auto set = resolve_targets(ProcFs(), names_, !measure_flags_.no_follow);
    if (!set && set.error().code == ExitCode::Usage) return tl::unexpected(set.error());
    if (auto permitted = check_permission(); !permitted) return permitted;
    if (!set) return tl::unexpected(set.error());
    targets_ = std::move(*set);
    return {};
  }

  Result<> open_files() { return open_outputs(STDOUT_FILENO); }

  Result<> add_targets() { return measurement_->add_targets(targets_, names_); }

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

  // A report is printed also when there is something to complain about.
  Result<> report() {
    const auto recorded = finish_recording();
    const auto published = publish();
    if (!recorded) return recorded;
    if (!published) return published;
    return require_loops();
  }

  std::vector<std::string> names_;
  TargetSet targets_;
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
  add_output_options(app, options.output, kLiveEndings);
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
