#include "cli/outputs.h"

#include <fmt/format.h>
#include <unistd.h>

#include "cli/talk.h"

namespace loopstall {
namespace {

constexpr std::string_view kRecordingEnding = ".loopstall";

std::string endings() {
  std::string list(kRecordingEnding);
  for (const ReportFormat& format : report_formats())
    if (!format.ending.empty()) list += fmt::format(", .{}", format.ending);
  return list;
}

Result<> add_recording(OutputPlan& plan, const std::string& path) {
  if (!plan.recording.empty()) return usage_error("-o: there can be only one recording");
  plan.recording = path;
  return {};
}

Result<> add_report(OutputPlan& plan, const std::string& path, bool format_given) {
  const ReportFormat* by_ending = format_for_path(path);
  if (!by_ending && !format_given)
    return usage_error(fmt::format("-o {}: the ending does not say what to save; give it one of {}, or choose with -f",
                                   path, endings()));
  plan.reports.push_back({path, by_ending ? by_ending : plan.chosen});
  return {};
}

Result<> add_file(OutputPlan& plan, const std::string& path, bool format_given) {
  if (path.empty()) return usage_error("-o: the file name is empty");
  if (path.ends_with(kRecordingEnding)) return add_recording(plan, path);
  if (path != "-") return add_report(plan, path, format_given);
  plan.to_stdout = true;
  return {};
}

bool format_is_taken(const OutputPlan& plan, bool format_given) {
  if (plan.to_stdout) return true;
  if (!format_given) return false;
  for (const auto& file : plan.reports)
    if (file.format == plan.chosen) return true;
  return false;
}

bool is_printed(const OutputPlan& plan, const OutputFlags& flags, Printing printing) {
  const bool format_given = !flags.format.empty();
  if (printing == Printing::OnlyWithoutFiles) return flags.files.empty();
  return (printing == Printing::Always || format_given) && !format_is_taken(plan, format_given);
}

}  // namespace

Result<OutputPlan> plan_outputs(const OutputFlags& flags, Printing printing) {
  const bool format_given = !flags.format.empty();
  OutputPlan plan;
  plan.chosen = find_format(format_given ? flags.format : "text");
  for (const std::string& path : flags.files)
    if (auto added = add_file(plan, path, format_given); !added) return tl::unexpected(added.error());
  if (is_printed(plan, flags, printing)) plan.printed = plan.chosen;
  return plan;
}

Result<Outputs> Outputs::open(const OutputPlan& plan, int printed_fd) {
  Outputs outputs;
  outputs.plan_ = plan;
  outputs.printed_fd_ = printed_fd;
  for (const OutputPlan::File& file : plan.reports) {
    auto opened = LateFile::open(file.path);
    if (!opened) return tl::unexpected(opened.error());
    outputs.files_.push_back(std::move(*opened));
  }
  return outputs;
}

Result<> Outputs::publish(const Session& session) {
  const Summary summary = summarize(session);
  Result<> all;
  const auto keep_first_error = [&all](Result<> done) {
    if (all && !done) all = done;
  };
  if (plan_.to_stdout)
    keep_first_error(write_all(STDOUT_FILENO, plan_.chosen->render(summary, style_for(STDOUT_FILENO))));
  if (plan_.printed) keep_first_error(write_all(printed_fd_, plan_.printed->render(summary, style_for(printed_fd_))));
  for (std::size_t i = 0; i < files_.size(); ++i)
    keep_first_error(files_[i].write(plan_.reports[i].format->render(summary, {})));
  return all;
}

}  // namespace loopstall
