#include "cli/check_programs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "session/children.h"

namespace loopstall {
namespace {

using namespace std::chrono_literals;
constexpr auto kGrace = 5000ms;

Result<> fork_into(std::optional<Command>& place, const std::vector<std::string>& words, const CommandStyle& style) {
  if (auto adopted = adopt_orphans(); !adopted) return adopted;
  auto command = Command::fork_waiting(words, style);
  if (!command) return tl::unexpected(command.error());
  place.emplace(std::move(*command));
  return {};
}

std::string load_hint(int code) {
  if (code == kNotFound) return "\n  --load is run by sh, which did not find it";
  return code == kNotExecutable ? "\n  --load is run by sh, which could not execute it" : "";
}

// The exit code of a command that failed is the command's own.
Result<> ended_too_soon(std::string_view who, int status) {
  const int code = exit_code_of(status);
  const bool own = who == "command" && code != 0;
  const std::string hint = who == "load" ? load_hint(code) : "";
  return fail(fmt::format("the {} {} before anything was measured{}", who, describe_end(status), hint),
              own ? ExitCode{code} : ExitCode::CannotMeasure);
}

check::ProgramEnd end_of(const std::string& text, std::optional<int> status) {
  if (!status) return {text, std::nullopt, "was stopped when the measurement was over"};
  return {text, exit_code_of(*status), describe_end(*status)};
}

}  // namespace

bool CheckPrograms::serves() const {
  return starts_command() && (!options_.load.empty() || options_.ready_port || options_.ready_after_ns);
}

std::string CheckPrograms::command_text() const { return fmt::format("{}", fmt::join(options_.command, " ")); }

Result<> CheckPrograms::fork() {
  if (starts_command())
    if (auto forked = fork_into(command_, options_.command, {serves(), true}); !forked) return forked;
  if (options_.load.empty()) return {};
  return fork_into(load_, {"/bin/sh", "-c", options_.load}, {true, true});
}

Result<> CheckPrograms::start_load() {
  if (!load_) return {};
  load_runs_ = true;
  return load_->release();
}

Result<> CheckPrograms::require() {
  if (command_)
    if (const auto status = command_->ended()) return ended_too_soon("command", *status);
  if (load_ && load_runs_)
    if (const auto status = load_->ended()) return ended_too_soon("load", *status);
  return {};
}

void CheckPrograms::end() {
  if (!command_ && !load_) return;
  for (std::optional<Command>* program : {&load_, &command_})
    if (*program) (*program)->end(kGrace);
  end_descendants(proc_, kGrace);
}

// It fails if it ended by itself and should not have, or ended with a status other than 0.
void CheckPrograms::tell_command(std::optional<int> status, std::optional<int> load_status, CheckedRun& run) const {
  run.command = end_of(command_text(), status);
  if (!status) return;
  const bool failed = exit_code_of(*status) != 0, load_is_done = load_status && exit_code_of(*load_status) == 0;
  if (serves() && (failed || !load_is_done))
    run.broken = fmt::format("the command {} while it was measured", run.command->end);
  if (!serves() && failed) run.broken = fmt::format("the command {}", run.command->end);
}

// What it asked for may not have happened. A server that went away explains it.
Result<> CheckPrograms::tell_load(std::optional<int> status, CheckedRun& run) const {
  run.load = end_of(options_.load, status);
  if (!status || exit_code_of(*status) == 0 || run.broken) return {};
  return cannot_measure(fmt::format("the load {}{}", run.load->end, load_hint(exit_code_of(*status))));
}

}  // namespace loopstall
