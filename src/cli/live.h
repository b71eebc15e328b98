// What attach and run have in common: the steps from the flags to a published report. Each step may fail and says why.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/options.h"
#include "cli/outputs.h"
#include "session/measurement.h"
#include "session/room.h"
#include "session/stall_command.h"

namespace loopstall {

class Live : StallListener {
 public:
  Live(const MeasureFlags& measure, const OutputFlags& output, const TalkFlags& talk)
      : measure_flags_(measure), output_flags_(output), talk_flags_(talk) {}

 protected:
  Result<> plan() { return plan(Printing::Always); }
  Result<> plan(Printing printing);
  Result<> check_permission();
  Result<> open_outputs(int printed_fd);
  // While there still are the privileges to become another user, and nothing else to be inherited.
  Result<> prepare_stall_command();
  Result<> load_probes();
  // Only now are there threads: each of them gets the few privileges that are left.
  Result<> give_up_privileges();
  Result<> start_recording();
  Result<> take_signals();
  Result<> take_signals_for_command();
  Result<> finish_recording();
  Result<> publish();
  Result<> require_loops() const;
  // Measures until the end; the live status only if it is wanted.
  Measurement::End measure_until_end(bool with_status, const Command* command);
  Measurement::End measure_until_end(Display& display, const Command* command);

  void talk(const std::string& text) const;
  bool quiet() const { return talk_flags_.quiet; }
  bool verbose() const { return talk_flags_.verbose; }
  std::string how_long() const;  // "for 10.0 s; Ctrl-C stops it earlier"

  const MeasureFlags measure_flags_;
  const OutputFlags output_flags_;
  const TalkFlags talk_flags_;
  std::uint32_t room_for_loops_ = room_for_loops(std::nullopt);
  OutputPlan plan_;
  std::optional<Outputs> outputs_;
  std::unique_ptr<Measurement> measurement_;
  std::optional<RecordingWriter> recording_;
  std::optional<Signals> signals_;
  std::optional<StallCommand> stall_command_;

 private:
  void tell_stall_command();
  void on_stall(const Stall& stall) override;
  bool says_stalls_ = false;  // those that are going on, a line each
};

}  // namespace loopstall
