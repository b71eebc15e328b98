#include "cli/check_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <initializer_list>

#include "base/clock.h"
#include "base/units.h"
#include "cli/live.h"
#include "cli/steal.h"
#include "session/children.h"
#include "session/listening.h"
#include "session/pidfd.h"

namespace loopstall {
namespace {

using namespace std::chrono_literals;
constexpr auto kGrace = 5000ms;
constexpr std::uint64_t kLookNs = 20 * kMillisecond;

// The measurement ends when the load does.
class LoadWatch : public Display {
 public:
  explicit LoadWatch(const std::optional<Command>& load) : end_(load ? open_pidfd(load->pid()) : Fd()) {}
  void measure(const Session&, std::uint64_t) override {}
  void draw(const Session&) override {}
  void clear() override {}
  int input_fd() const override { return end_.get(); }
  bool take_input(const Session&) override { return false; }

 private:
  Fd end_;
};

// "x.json" of the second run is "x.2.json".
std::string numbered(const std::string& path, unsigned number) {
  const std::size_t dot = path.rfind('.'), slash = path.rfind('/');
  const bool has_ending = dot != std::string::npos && (slash == std::string::npos || dot > slash);
  return has_ending ? fmt::format("{}.{}{}", path.substr(0, dot), number + 1, path.substr(dot))
                    : fmt::format("{}.{}", path, number + 1);
}

OutputFlags outputs_of(const CheckOptions& options, unsigned number) {
  OutputFlags flags = options.output;
  if (options.runs > 1)
    for (std::string& file : flags.files) file = numbered(file, number);
  return flags;
}

class Run : Live {
 public:
  Run(const CheckOptions& options, unsigned number)
      : Live(options.measure, outputs_of(options, number), options.talk), options_(options), number_(number) {}
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run() { end_programs(); }

  Result<CheckedRun> go() {
    using Step = Result<> (Run::*)();
    for (const Step step : std::initializer_list<Step>{&Run::plan_files, &Run::check_permission, &Run::check_port,
                                                       &Run::open_files, &Run::fork_programs, &Run::take_signals,
                                                       &Run::begin, &Run::start_recording, &Run::measure, &Run::finish})
      if (auto done = (this->*step)(); !done) return tl::unexpected(done.error());
    return std::move(run_);
  }

 private:
  bool starts_command() const { return !options_.command.empty(); }
  bool serves() const {
    return starts_command() && (!options_.load.empty() || options_.ready_port || options_.ready_after_ns);
  }

  Result<> plan_files() { return plan(Printing::OnlyIfAsked); }
  Result<> open_files() { return open_outputs(STDERR_FILENO); }

  // Else what is measured would be another server.
  Result<> check_port() {
    if (!starts_command() || !options_.ready_port) return {};
    const std::string holder = holder_of_port(proc_, *options_.ready_port);
    if (holder.empty()) return {};
    return cannot_measure(fmt::format("port {} is taken already, by {}\n  stop it, or give the command another port",
                                      *options_.ready_port, holder));
  }

  // While signals are not blocked yet, which they would inherit; they wait until they are released.
  Result<> fork_programs() {
    if (starts_command())
      if (auto forked = fork_into(command_, options_.command, {serves(), true}); !forked) return forked;
    if (options_.load.empty()) return {};
    return fork_into(load_, {"/bin/sh", "-c", options_.load}, {true, true});
  }

  Result<> fork_into(std::optional<Command>& place, const std::vector<std::string>& words, const CommandStyle& style) {
    if (auto adopted = adopt_orphans(); !adopted) return adopted;
    auto command = Command::fork_waiting(words, style);
    if (!command) return tl::unexpected(command.error());
    place.emplace(std::move(*command));
    return {};
  }

  // Loading takes a second, and several beside busy neighbours: the traffic need not wait for it.
  Result<> begin() {
    if (starts_command() && !serves()) return begin_command();
    if (serves())
      if (auto started = command_->release(); !started) return started;
    if (auto loaded = load_probes(); !loaded) return loaded;
    if (serves())
      if (auto ready = wait_until_ready(); !ready) return ready;
    if (options_.warmup_ns == 0) return attach().and_then([this] { return start_load(); });
    return start_load().and_then([this] { return warm_up(); }).and_then([this] { return attach(); });
  }

  // Measured from its first instruction.
  Result<> begin_command() {
    auto ready = load_probes().and_then([this] { return measurement_->add_command(*command_, command_text()); });
    if (ready) ready = command_->release();
    if (!ready) return ready;
    measurement_->command_started(*command_);
    talk(fmt::format("measuring {}", options_.command[0]));
    return {};
  }

  std::string command_text() const { return fmt::format("{}", fmt::join(options_.command, " ")); }

  Result<> wait_until_ready() {
    return options_.ready_after_ns ? pause(*options_.ready_after_ns) : wait_until_listening();
  }

  Result<> wait_until_listening() {
    const std::uint64_t deadline = monotonic_ns() + options_.ready_limit_ns;
    while (!listens(proc_, command_->pid(), options_.ready_port)) {
      if (auto waited = pause(kLookNs); !waited) return waited;
      if (monotonic_ns() > deadline) return never_ready();
    }
    return {};
  }

  Result<> never_ready() const {
    const std::string where = options_.ready_port ? fmt::format("on port {}", *options_.ready_port) : "on any TCP port";
    return cannot_measure(
        fmt::format("the command did not listen {} within {}\n  --ready says where or when it is ready, "
                    "--ready-within how long to wait",
                    where, format_duration(options_.ready_limit_ns)));
  }

  // Sleeps, unless something ends meanwhile that is still needed.
  Result<> pause(std::uint64_t ns) {
    const std::uint64_t until = monotonic_ns() + ns;
    for (std::uint64_t now = monotonic_ns(); now < until; now = monotonic_ns()) {
      pollfd signal{signals_->fd(), POLLIN, 0};
      poll(&signal, 1, static_cast<int>(std::min(kLookNs, until - now) / kMillisecond) + 1);
      if (const auto seen = signals_->next()) return interrupted(seen->number);
      if (auto alive = require_programs(); !alive) return alive;
    }
    return {};
  }

  static Result<> interrupted(int signal) {
    return fail(fmt::format("interrupted by SIG{}", sigabbrev_np(signal)), ExitCode{128 + signal});
  }

  Result<> require_programs() {
    if (command_)
      if (const auto status = command_->ended()) return ended_too_soon("command", *status);
    if (load_ && load_runs_)
      if (const auto status = load_->ended()) return ended_too_soon("load", *status);
    return {};
  }

  // The exit code of a command that failed is the command's own.
  static Result<> ended_too_soon(std::string_view who, int status) {
    const int code = exit_code_of(status);
    const bool own = who == "command" && code != 0;
    const std::string hint = who == "load" ? load_hint(code) : "";
    return fail(fmt::format("the {} {} before anything was measured{}", who, describe_end(status), hint),
                own ? ExitCode{code} : ExitCode::CannotMeasure);
  }

  static std::string load_hint(int code) {
    if (code == kNotFound) return "\n  --load is run by sh, which did not find it";
    return code == kNotExecutable ? "\n  --load is run by sh, which could not execute it" : "";
  }

  Result<> attach() {
    const std::vector<std::string> names =
        starts_command() ? std::vector<std::string>{fmt::format("{}", command_->pid())} : options_.subjects;
    const auto set = resolve_targets(proc_, names, !measure_flags_.no_follow);
    if (!set) return tl::unexpected(set.error());
    measurement_->begin();
    if (auto added = measurement_->add_targets(*set, names); !added) return added;
    talk(fmt::format("measuring {} {}", set->description, load_ ? "until the load ends" : how_long()));
    const bool last = number_ + 1 == options_.runs;
    return last && !command_ && !load_ ? give_up_privileges() : Result<>{};
  }

  Result<> start_load() {
    if (!load_) return {};
    load_runs_ = true;
    return load_->release();
  }

  Result<> warm_up() { return pause(options_.warmup_ns); }

  Result<> measure() {
    const Steal before = read_steal();
    LoadWatch display(load_);
    end_ = measure_until_end(display, starts_command() && !serves() ? &*command_ : nullptr);
    run_.stolen_ns = before.until(read_steal());
    return {};
  }

  bool time_is_up() const {
    const SessionInfo& info = measurement_->session().info;
    return measure_flags_.duration_ns && info.duration_ns >= *measure_flags_.duration_ns;
  }

  // What is started here is ended before the report is made: from then on a signal ends loopstall at once.
  Result<> finish() {
    const auto load_status = load_ ? load_->ended() : std::nullopt;
    const bool has_end = load_ || measure_flags_.duration_ns;
    if (serves() && has_end && !load_status && !command_->ended() && !time_is_up()) return interrupted(SIGINT);
    if (auto told = tell_command(load_status); !told) return told;
    if (auto told = tell_load(load_status); !told) return told;
    end_programs();
    const auto recorded = finish_recording();
    const auto published = recorded ? publish() : recorded;
    if (!published) return published;
    run_.session = measurement_->session();
    return run_.broken ? Result<>{} : require_loops();
  }

  // It fails if it ended by itself and should not have, or ended with a status other than 0.
  Result<> tell_command(std::optional<int> load_status) {
    if (!command_) return {};
    auto status = command_->ended();
    if (!status && !serves() && end_ == Measurement::End::TargetsGone) status = command_->wait(*signals_);
    run_.command.emplace(check::ProgramEnd{command_text(), std::nullopt, "was stopped when the measurement was over"});
    if (!status) return {};
    const int code = exit_code_of(*status);
    run_.command->status = code;
    run_.command->end = describe_end(*status);
    measurement_->note(fmt::format("the command {}", run_.command->end));
    const bool load_is_done = load_status && exit_code_of(*load_status) == 0;
    if (serves() && (code != 0 || !load_is_done))
      run_.broken = fmt::format("the command {} while it was measured", run_.command->end);
    if (!serves() && code != 0) run_.broken = fmt::format("the command {}", run_.command->end);
    return {};
  }

  Result<> tell_load(std::optional<int> status) {
    if (!load_) return {};
    run_.load.emplace(check::ProgramEnd{options_.load, std::nullopt, "was stopped when the measurement was over"});
    if (!status) return {};
    const int code = exit_code_of(*status);
    run_.load->status = code;
    run_.load->end = describe_end(*status);
    // What it asked for may not have happened, so what was measured says nothing. A server that went away explains it.
    if (code == 0 || run_.broken) return {};
    return cannot_measure(fmt::format("the load {}{}", run_.load->end, load_hint(code)));
  }

  void end_programs() {
    if (!command_ && !load_) return;
    for (std::optional<Command>* program : {&load_, &command_})
      if (*program) (*program)->end(kGrace);
    end_descendants(proc_, kGrace);
  }

  const CheckOptions& options_;
  const unsigned number_;
  const ProcFs proc_;
  std::optional<Command> command_, load_;
  bool load_runs_ = false;
  Measurement::End end_ = Measurement::End::Stopped;
  CheckedRun run_;
};

}  // namespace

Result<CheckedRun> check_run(const CheckOptions& options, unsigned number) { return Run(options, number).go(); }

}  // namespace loopstall
