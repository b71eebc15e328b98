#include "cli/live.h"

#include <fmt/format.h>

#include "base/units.h"
#include "cli/talk.h"
#include "session/privileges.h"

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

Result<> Live::plan() { return keep(plan_outputs(output_flags_, Printing::Always), plan_); }

Result<> Live::check_permission() { return require_capabilities(); }

Result<> Live::open_outputs(int printed_fd) { return keep(Outputs::open(plan_, printed_fd), outputs_); }

Result<> Live::load_probes() {
  return keep(Measurement::open({measure_flags_.threshold_ns, measure_flags_.duration_ns, !measure_flags_.no_follow,
                                 measure_flags_.trace_iterations}),
              measurement_);
}

Result<> Live::give_up_privileges() { return drop_privileges(!plan_.recording.empty()); }

// Its writer is a thread: after the signals are blocked, or one of them would end it and us.
Result<> Live::start_recording() {
  return plan_.recording.empty() ? Result<>{} : keep(RecordingWriter::create(plan_.recording), recording_);
}

Result<> Live::take_signals() { return keep(Signals::take(), signals_); }

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
