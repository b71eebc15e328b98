#include "cli/live.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/units.h"
#include "cli/talk.h"
#include "report/text_ongoing.h"
#include "session/privileges.h"
#include "session/status_line.h"

namespace loopstall {
namespace {

// Moves a value to where it belongs, or hands on why there is none.
template <class T, class Place>
Result<> keep(Result<T> result, Place& place) {
  if (!result) return tl::unexpected(result.error());
  place = std::move(*result);
  return {};
}

template <class T>
Result<> keep(Result<T> result, std::optional<T>& place) {
  if (!result) return tl::unexpected(result.error());
  place.emplace(std::move(*result));
  return {};
}

}  // namespace

Result<> Live::plan(Printing printing) { return keep(plan_outputs(output_flags_, printing), plan_); }

Result<> Live::check_permission() { return require_capabilities(); }

Result<> Live::open_outputs(int printed_fd) { return keep(Outputs::open(plan_, printed_fd), outputs_); }

Result<> Live::load_probes() {
  SessionOptions options;
  options.threshold_ns = measure_flags_.threshold_ns;
  options.duration_ns = measure_flags_.duration_ns;
  options.follow = !measure_flags_.no_follow;
  options.evidence_after_ns =
      measure_flags_.no_evidence ? 0 : measure_flags_.evidence_after_ns.value_or(options.threshold_ns);
  options.tasks = measure_flags_.tasks;
  options.queue_delay = measure_flags_.queue_delay;
  options.requests = measure_flags_.requests;
  options.trace_file = measure_flags_.trace_iterations;
  options.loops = room_for_loops_;
  return keep(Measurement::open(options), measurement_);
}

Result<> Live::prepare_stall_command() {
  if (measure_flags_.on_stall.empty()) return {};
  return keep(StallCommand::start(measure_flags_.on_stall), stall_command_);
}

Measurement::End Live::measure_until_end(bool with_status, const Command* command) {
  StatusLine status(STDERR_FILENO, with_status, ongoing_text);
  says_stalls_ = verbose() && !status.active();
  return measure_until_end(status, command);
}

Measurement::End Live::measure_until_end(Display& display, const Command* command) {
  const auto end = measurement_->run({*signals_, display, recording_ ? &*recording_ : nullptr, command, this});
  if (stall_command_) tell_stall_command();
  return end;
}

void Live::tell_stall_command() {
  if (stall_command_->skipped())
    measurement_->note(
        fmt::format("--on-stall was not run for {} of the stalls: it runs at most once a second, and one at a time",
                    stall_command_->skipped()));
  const StallCommand::Failures failures = stall_command_->failures();
  if (failures.count)
    measurement_->note(fmt::format("--on-stall: the command failed {} of {} times, last with status {}", failures.count,
                                   stall_command_->runs(), failures.last_status));
}

void Live::on_stall(const Stall& stall) {
  if (stall_command_) stall_command_->on_stall(stall);
  if (says_stalls_ && stall.ongoing)
    say(fmt::format(
        "pid {} is {}", stall.pid,
        ongoing_text({stall.loop, stall.start_ns, stall.busy_ns, *stall.evidence, stall.before_attach}, 200)));
}

Result<> Live::give_up_privileges() {
  const bool tasks = measure_flags_.tasks.mode != TasksMode::Off;
  return drop_privileges({!plan_.recording.empty(), tasks, tasks && !Capture::has_uprobe_multi()});
}

// Its writer is a thread: after the signals are blocked, or one of them would end it and us.
Result<> Live::start_recording() {
  return plan_.recording.empty() ? Result<>{} : keep(RecordingWriter::create(plan_.recording), recording_);
}

Result<> Live::take_signals() { return keep(Signals::take(), signals_); }

Result<> Live::take_signals_for_command() { return keep(Signals::take(Signals::For::Command), signals_); }

Result<> Live::finish_recording() {
  signals_->become_impatient();
  if (!recording_) return {};
  auto finished = recording_->finish(measurement_->session());
  if (finished) talk("saved " + plan_.recording);
  return finished;
}

Result<> Live::publish() { return outputs_->publish(measurement_->session()); }

Result<> Live::require_loops() const {
  const Summary summary = summarize(measurement_->session());
  if (!summary.loops.empty()) return {};
  std::string message =
      fmt::format("no event loop seen in {} within {}", summary.info.target, format_duration(summary.info.duration_ns));
  if (!summary.unconfirmed.empty())
    message += fmt::format("; {} of its threads waited, but not as an event loop does", summary.unconfirmed.size());
  return cannot_measure(message + "\n  is it the right process? loopstall doctor PID says what its threads do");
}

void Live::talk(const std::string& text) const {
  if (!quiet()) say(text);
}

std::string Live::how_long() const {
  if (!measure_flags_.duration_ns) return "until Ctrl-C or its end";
  return fmt::format("for {} (Ctrl-C stops it earlier)", format_duration(*measure_flags_.duration_ns));
}

}  // namespace loopstall
