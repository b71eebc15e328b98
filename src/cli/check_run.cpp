#include "cli/check_run.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <initializer_list>

#include "base/clock.h"
#include "base/units.h"
#include "cli/check_programs.h"
#include "cli/live.h"
#include "cli/steal.h"
#include "session/listening.h"
#include "session/pidfd.h"

namespace loopstall {
namespace {

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

  Result<CheckedRun> go() {
    using Step = Result<> (Run::*)();
    for (const Step step : std::initializer_list<Step>{&Run::plan_files, &Run::check_permission, &Run::check_port,
                                                       &Run::open_files, &Run::fork_programs, &Run::take_signals,
                                                       &Run::begin, &Run::start_recording, &Run::measure, &Run::finish})
      if (auto done = (this->*step)(); !done) return tl::unexpected(done.error());
    return std::move(run_);
  }

 private:
  Result<> plan_files() { return plan(Printing::OnlyIfAsked); }
  Result<> open_files() { return open_outputs(STDERR_FILENO); }
  Result<> fork_programs() { return programs_.fork(); }

  // Else what is measured would be another server.
  Result<> check_port() {
    if (!programs_.starts_command() || !options_.ready_port) return {};
    const std::string holder = holder_of_port(proc_, *options_.ready_port);
    if (holder.empty()) return {};
    return cannot_measure(fmt::format("port {} is taken already, by {}\n  stop it, or give the command another port",
                                      *options_.ready_port, holder));
  }

  // Loading takes a second, and several beside busy neighbours: the traffic need not wait for it.
  Result<> begin() {
    if (programs_.starts_command() && !programs_.serves()) return begin_command();
    if (programs_.serves())
      if (auto started = programs_.command()->release(); !started) return started;
    if (auto loaded = load_probes(); !loaded) return loaded;
    if (programs_.serves())
      if (auto ready = wait_until_ready(); !ready) return ready;
    if (options_.warmup_ns == 0) return attach().and_then([this] { return programs_.start_load(); });
    return programs_.start_load().and_then([this] { return warm_up(); }).and_then([this] { return attach(); });
  }

  // Measured from its first instruction.
  Result<> begin_command() {
    Command& command = *programs_.command();
    auto ready = load_probes().and_then([&] { return measurement_->add_command(command, programs_.command_text()); });
    if (ready) ready = command.release();
    if (!ready) return ready;
    measurement_->command_started(command);
    talk(fmt::format("measuring {}", options_.command[0]));
    return {};
  }

  Result<> wait_until_ready() {
    return options_.ready_after_ns ? pause(*options_.ready_after_ns) : wait_until_listening();
  }

  Result<> wait_until_listening() {
    const std::uint64_t deadline = monotonic_ns() + options_.ready_limit_ns;
    while (!listens(proc_, programs_.command()->pid(), options_.ready_port)) {
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
      if (auto alive = programs_.require(); !alive) return alive;
    }
    return {};
  }

  static Result<> interrupted(int signal) {
    return fail(fmt::format("interrupted by SIG{}", sigabbrev_np(signal)), ExitCode{128 + signal});
  }

  std::vector<std::string> subjects() {
    if (!programs_.starts_command()) return options_.subjects;
    return {fmt::format("{}", programs_.command()->pid())};
  }

  Result<> attach() {
    const auto names = subjects();
    const auto set = resolve_targets(proc_, names, !measure_flags_.no_follow);
    if (!set) return tl::unexpected(set.error());
    measurement_->begin();
    if (auto added = measurement_->add_targets(*set, names); !added) return added;
    talk(fmt::format("measuring {} {}", set->description, programs_.load() ? "until the load ends" : how_long()));
    const bool last = number_ + 1 == options_.runs;
    return last && !programs_.command() && !programs_.load() ? give_up_privileges() : Result<>{};
  }

  Result<> warm_up() { return pause(options_.warmup_ns); }

  Result<> measure() {
    const Steal before = read_steal();
    LoadWatch display(programs_.load());
    const bool whole_life = programs_.starts_command() && !programs_.serves();
    end_ = measure_until_end(display, whole_life ? &*programs_.command() : nullptr);
    run_.stolen_ns = before.until(read_steal());
    return {};
  }

  bool time_is_up() const {
    const SessionInfo& info = measurement_->session().info;
    return measure_flags_.duration_ns && info.duration_ns >= *measure_flags_.duration_ns;
  }

  bool stopped_early(std::optional<int> load_status) {
    const bool has_end = programs_.load() || measure_flags_.duration_ns;
    return programs_.serves() && has_end && !load_status && !programs_.command()->ended() && !time_is_up();
  }

  // What is started here is ended before the report is made: from then on a signal ends loopstall at once.
  Result<> finish() {
    const auto load_status = programs_.load() ? programs_.load()->ended() : std::nullopt;
    if (stopped_early(load_status)) return interrupted(SIGINT);
    tell_command(load_status);
    if (programs_.load())
      if (auto told = programs_.tell_load(load_status, run_); !told) return told;
    programs_.end();
    const auto recorded = finish_recording();
    const auto published = recorded ? publish() : recorded;
    if (!published) return published;
    run_.session = measurement_->session();
    return run_.broken ? Result<>{} : require_loops();
  }

  void tell_command(std::optional<int> load_status) {
    if (!programs_.command()) return;
    Command& command = *programs_.command();
    auto status = command.ended();
    if (!status && !programs_.serves() && end_ == Measurement::End::TargetsGone) status = command.wait(*signals_);
    programs_.tell_command(status, load_status, run_);
    if (status) measurement_->note(fmt::format("the command {}", run_.command->end));
  }

  const CheckOptions& options_;
  const unsigned number_;
  const ProcFs proc_;
  CheckPrograms programs_{options_, proc_};
  Measurement::End end_ = Measurement::End::Stopped;
  CheckedRun run_;
};

}  // namespace

Result<CheckedRun> check_run(const CheckOptions& options, unsigned number) { return Run(options, number).go(); }

}  // namespace loopstall
