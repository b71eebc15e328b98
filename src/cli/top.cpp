#include <fmt/format.h>
#include <unistd.h>

#include <initializer_list>

#include "base/units.h"
#include "cli/attached.h"
#include "cli/help_format.h"
#include "cli/parse.h"
#include "cli/talk.h"
#include "cli/top_display.h"
#include "cli/verbs.h"

namespace loopstall {
namespace {

class Top : Attached {
 public:
  explicit Top(const AttachOptions& options) : Attached(options) {}

  Result<> go() {
    using Step = Result<> (Top::*)();
    for (const Step step : std::initializer_list<Step>{&Top::plan_files, &Top::open_terminal, &Top::find_targets,
                                                       &Top::open_files, &Top::prepare_stall_command, &Top::load_probes,
                                                       &Top::add_targets, &Top::give_up_privileges, &Top::take_signals,
                                                       &Top::watch_resizes, &Top::start_recording, &Top::measure})
      if (auto done = (this->*step)(); !done) return done;
    return report();
  }

 private:
  Result<> plan_files() { return plan(Printing::OnlyIfAsked); }

  // While there still are the privileges to open a terminal that is the user's who called sudo.
  Result<> open_terminal() {
    auto terminal = Terminal::open();
    if (!terminal) return tl::unexpected(terminal.error());
    terminal_.emplace(std::move(*terminal));
    return {};
  }

  Result<> watch_resizes() { return terminal_->watch_resizes(); }

  Result<> measure() {
    TopDisplay display(*terminal_, style_for(STDOUT_FILENO).color);
    const auto end = measure_until_end(display, nullptr);
    const SessionInfo& info = measurement_->session().info;
    talk(fmt::format("{}watched {} for {}{}", end == Measurement::End::TargetsGone ? "the target ended; " : "",
                     info.target, format_duration(info.duration_ns),
                     output_flags_.files.empty() ? "; -o FILE.txt or FILE.loopstall saves what was seen" : ""));
    return {};
  }

  std::optional<Terminal> terminal_;
};

const char kHelp[] =
    "Keys:\n"
    "  q                     quit (so does Ctrl-C)\n"
    "  ?                     all keys\n"
    "  c                     task steps, or the culprits of stalls\n"
    "  u                     requests by name (with --requests)\n"
    "  i                     numbers since the start, or of the last second\n"
    "  t m p 9 ...           sort by that column; < > and Tab: by the next; r: turn\n"
    "  arrows, PgUp PgDn     select a row; what is known of it stands below\n"
    "\n"
    "The numbers are those of the report for the same time. A report is saved only\n"
    "with -o, and printed only with -f.\n"
    "\n"
    "Examples:\n"
    "  loopstall top 4711\n"
    "  loopstall top :8000                       who listens there, and the workers\n"
    "  loopstall top uvicorn -d 1m -o slow.loopstall -o slow.txt\n"
    "\n"
    "Exit codes:\n"
    "  0  done\n"
    "  1  error: a file could not be written, ...\n"
    "  2  wrong usage; no terminal to draw on\n"
    "  3  could not measure: no permission, no BPF, target gone, no loop seen\n";

void add_options(CLI::App& app, AttachOptions& options) {
  app.add_option("TARGET", options.targets, "A pid, a process name, or :PORT (whoever listens there)")
      ->required()
      ->type_name("");
  add_measure_options(app, options.measure);
  add_output_options(app, options.output, Saves::RecordingAndReports);
  add_talk_options(app, options.talk);
  app.formatter(std::make_shared<HelpFormat>());
  app.footer(kHelp);
}

}  // namespace

int top_verb(const Arguments& arguments) {
  AttachOptions options;
  CLI::App app("Watch the event loops of running processes, live on the whole screen.", "loopstall top");
  add_options(app, options);
  if (const auto code = parse(app, arguments)) return *code;
  const auto done = Top(options).go();
  return done ? 0 : fail_with(done.error());
}

}  // namespace loopstall
