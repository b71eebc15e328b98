#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <initializer_list>

#include "cli/help_format.h"
#include "cli/live.h"
#include "cli/parse.h"
#include "cli/talk.h"
#include "cli/verbs.h"

namespace loopstall {
namespace {

class Run : Live {
 public:
  explicit Run(const RunOptions& options)
      : Live(options.measure, options.output, options.talk), words_(options.command) {}

  // The command's exit code, as soon as there is a command.
  Result<int> go() {
    using Step = Result<> (Run::*)();
    for (const Step step :
         std::initializer_list<Step>{&Run::plan, &Run::check_permission, &Run::open_files, &Run::prepare_stall_command,
                                     &Run::fork_command, &Run::load_probes, &Run::add_command, &Run::give_up_privileges,
                                     &Run::take_signals_for_command, &Run::start_recording, &Run::start_command})
      if (auto done = (this->*step)(); !done) return tl::unexpected(done.error());
    measure();
    report();
    return exit_code_of(wait_for_command());
  }

 private:
  Result<> open_files() { return open_outputs(STDERR_FILENO); }

  // Before anything of ours could be inherited: privileges dropped, signals blocked, threads.
  Result<> fork_command() {
    auto command = Command::fork_waiting(words_);
    if (!command) return tl::unexpected(command.error());
    command_.emplace(std::move(*command));
    return {};
  }

  Result<> add_command() { return measurement_->add_command(*command_, fmt::format("{}", fmt::join(words_, " "))); }

  Result<> start_command() {
    auto started = command_->release();
    if (started) measurement_->command_started(*command_);
    return started;
  }

  // No live status: the terminal is the command's.
  void measure() {
    if (verbose()) say(fmt::format("measuring {} (pid {})", words_[0], command_->pid()));
    const auto end = measure_until_end(false, &*command_);
    if (end == Measurement::End::TargetsGone) wait_status_ = command_->wait(*signals_);
    measurement_->note(wait_status_ ? fmt::format("the command {}", describe_end(*wait_status_))
                                    : "the command was still running when the measurement ended");
  }

  // The exit code is the command's: what goes wrong here can only be said.
  void report() {
    for (const auto& done : {finish_recording(), publish()})
      if (!done) complain(done.error().message);
  }

  int wait_for_command() {
    if (wait_status_) return *wait_status_;
    measurement_.reset();  // the command need not carry the probes any longer
    signals_->take_again();
    return command_->wait(*signals_);
  }

  std::vector<std::string> words_;
  std::optional<Command> command_;
  std::optional<int> wait_status_;
};

const char kExamples[] =
    "The report goes to standard error, since standard output belongs to the\n"
    "command; -o FILE saves it. After -d the command goes on and loopstall waits\n"
    "for its end; it never kills it.\n"
    "\n"
    "Examples:\n"
    "  loopstall run -- python3 server.py\n"
    "  loopstall run -d 30s -o start.json -- node server.js --port 8080\n"
    "  loopstall run -q -o ci.json -- ./load-test; echo \"its own status: $?\"\n"
    "\n"
    "Exit codes:\n"
    "  the command's own, or 128 + the signal that killed it\n"
    "  125  loopstall itself failed: wrong usage, no permission, ...\n"
    "  126  the command can not be executed\n"
    "  127  the command was not found\n";

void add_options(CLI::App& app, RunOptions& options) {
  add_measure_options(app, options.measure);
  add_output_options(app, options.output, Saves::RecordingAndReports);
  add_talk_options(app, options.talk);
  app.formatter(std::make_shared<HelpFormat>("-- COMMAND..."));
  app.prefix_command();  // the first word that is no option begins the command
  app.footer(kExamples);
}

// CLI11 would eat the "--" and look for options behind it.
struct Halves {
  Arguments ours, command;
};
Halves split_at_dashes(const Arguments& arguments) {
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  Halves halves{{arguments.begin(), dashes}, {}};
  if (dashes != arguments.end()) halves.command.assign(dashes + 1, arguments.end());
  return halves;
}

// "run cmd -- x": the dashes were the command's.
Arguments whole_command(const Arguments& before, const Halves& halves, bool dashes) {
  if (before.empty()) return halves.command;
  Arguments all = before;
  if (dashes) all.push_back("--");
  all.insert(all.end(), halves.command.begin(), halves.command.end());
  return all;
}

// Without "--" a mistyped option would be taken for the command.
std::string mistake_in(const Arguments& command, const Arguments& before_dashes) {
  if (command.empty()) return "no command: loopstall run [options] -- COMMAND...";
  if (!before_dashes.empty() && before_dashes[0].starts_with('-')) return "no option " + before_dashes[0];
  return "";
}

}  // namespace

int run_verb(const Arguments& arguments) {
  RunOptions options;
  CLI::App app("Start a command and measure it from its first instruction.", "loopstall run");
  add_options(app, options);
  const Halves halves = split_at_dashes(arguments);
  if (const auto code = parse(app, halves.ours, kOwnFailure)) return *code;
  options.command = whole_command(app.remaining(), halves, halves.ours.size() < arguments.size());
  if (const auto mistake = mistake_in(options.command, app.remaining()); !mistake.empty()) {
    complain(mistake + "\n  see loopstall run --help");
    return kOwnFailure;
  }
  const auto done = Run(options).go();
  if (done) return *done;
  return std::max(fail_with(done.error()), kOwnFailure);
}

}  // namespace loopstall
