#include "cli/parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "base/units.h"
#include "cli/talk.h"
#include "report/report.h"

namespace loopstall {
namespace {

std::string format_names() {
  std::string names;
  for (const ReportFormat& format : report_formats())
    names += fmt::format("{}{}", names.empty() ? "" : ", ", format.name);
  return names;
}

// ".json, .txt, ..."
std::string report_endings() {
  std::string endings;
  for (const ReportFormat& format : report_formats())
    if (!format.ending.empty()) endings += fmt::format("{}.{}", endings.empty() ? "" : ", ", format.ending);
  return endings;
}

std::uint64_t duration_or_throw(const std::string& flag, const std::string& text) {
  const auto ns = parse_duration(text);
  if (!ns) throw CLI::ValidationError(flag, ns.error().message);
  if (*ns == 0) throw CLI::ValidationError(flag, "must be longer than nothing");
  return *ns;
}

template <class Target>
CLI::Option* add_duration(CLI::App& app, const std::string& names, const std::string& flag, Target& target,
                          const std::string& help) {
  const auto take = [&target, flag](const std::string& text) { target = duration_or_throw(flag, text); };
  return app.add_option_function<std::string>(names, take, help)->type_name("DURATION");
}

void take_format(OutputFlags& flags, const std::string& name) {
  if (!find_format(name))
    throw CLI::ValidationError("-f", fmt::format("no format \"{}\"; there are: {}", name, format_names()));
  flags.format = name;
}

TasksMode tasks_mode_or_throw(const std::string& text) {
  if (text == "auto") return TasksMode::Auto;
  if (text == "on") return TasksMode::On;
  if (text == "off") return TasksMode::Off;
  throw CLI::ValidationError("--tasks", fmt::format("\"{}\" is none of auto, on, off", text));
}

double percent_or_throw(const std::string& flag, const std::string& text) {
  double percent = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, percent);
  const bool whole = error == std::errc{} && (rest == end || std::string_view(rest, end) == "%");
  if (!whole || !(percent > 0) || percent > 100)
    throw CLI::ValidationError(flag, fmt::format("\"{}\" is no share like 2% or 0.5%", text));
  return percent / 100;
}

void add_task_options(CLI::App& app, TaskBudgetOptions& tasks) {
  app.add_option_function<std::string>(
         "--tasks", [&tasks](const std::string& text) { tasks.mode = tasks_mode_or_throw(text); },
         "Count every task step by probes in the process: auto (while that costs less than --max-overhead, else in "
         "windows), on, off (default: auto). Python's asyncio, uvloop and trio")
      ->type_name("WHEN");
  add_percent(app, "--max-overhead", tasks.max_overhead,
              "What --tasks auto may take of a loop thread's time (default: 2%)");
}

// "--requests=5 1" was meant to be something else than --requests and pid 1.
void forbid_values_of_flags(CLI::App& app) {
  for (CLI::Option* option : app.get_options())
    if (option->get_items_expected_max() == 0) option->disable_flag_override();
}

// CLI11 calls that "requests was given a disallowed flag override".
std::string told_plainly(const std::string& mistake) {
  constexpr std::string_view kOverride = " was given a disallowed flag override";
  if (!mistake.ends_with(kOverride)) return mistake;
  const std::string name = mistake.substr(0, mistake.size() - kOverride.size());
  return fmt::format("{}{} takes no value", name.size() == 1 ? "-" : "--", name);
}

}  // namespace

CLI::Option* add_percent(CLI::App& app, const std::string& flag, double& share, const std::string& help) {
  const auto take = [&share, flag](const std::string& text) { share = percent_or_throw(flag, text); };
  return app.add_option_function<std::string>(flag, take, help)->type_name("PERCENT");
}

CLI::Option* add_duration(CLI::App& app, const std::string& flag, std::uint64_t& ns, const std::string& help) {
  return add_duration(app, flag, flag, ns, help);
}

void add_measure_options(CLI::App& app, MeasureFlags& flags) {
  add_duration(app, "-d,--duration", "-d", flags.duration_ns,
               "Stop measuring after this long: 500us, 10ms, 2s, 5m (default: until Ctrl-C or the target ends)");
  add_duration(app, "--threshold", "--threshold", flags.threshold_ns,
               "An iteration that is busy for this long is a stall (default: 10ms)");
  auto* after = add_duration(app, "--evidence-after", "--evidence-after", flags.evidence_after_ns,
                             "Look at stacks of iterations this old already (default: the threshold; check: 2ms)");
  app.add_flag("--no-evidence", flags.no_evidence, "Count only: no stacks and no causes")->excludes(after);
  add_task_options(app, flags.tasks);
  app.add_flag("--queue-delay", flags.queue_delay, "Measure how long sockets wait to be read, and for whom");
  app.add_flag("--requests", flags.requests,
               "Look at what loops read, and count requests by HTTP method and path, or Redis command; nothing else of "
               "them is kept");
  app.add_flag("--no-follow", flags.no_follow, "Measure the given processes only, not their children");
  app.add_option("--on-stall", flags.on_stall,
                 "Run this shell command at a stall, at most one a second and one at a time; LOOPSTALL_PID, _TID, "
                 "_STALL_MS, _CULPRIT, _FILE, _LINE, _CAUSE tell it what happened")
      ->type_name("COMMAND");
  app.add_option("--trace-iterations", flags.trace_iterations)->group("");  // test only
}

void add_output_options(CLI::App& app, OutputFlags& flags, Saves saves) {
  const std::string recording = saves == Saves::Reports ? "" : ".loopstall the recording; ";
  app.add_option("-o,--output", flags.files,
                 "Save to FILE; its ending chooses what: " + recording + "a report in the format of " +
                     report_endings() + ". - is standard output. May be repeated")
      ->type_name("FILE")
      ->allow_extra_args(false);
  const auto take = [&flags](const std::string& name) { take_format(flags, name); };
  auto* format = app.add_option_function<std::string>(
                        "-f,--format", take, "Format of the printed report: " + format_names() + " (default: text)")
                     ->type_name("FORMAT");
  app.add_flag_callback(
         "--json", [&flags] { flags.format = "json"; }, "The same as -f json")
      ->excludes(format);
}

void add_talk_options(CLI::App& app, TalkFlags& flags) {
  auto* quiet = app.add_flag("-q,--quiet", flags.quiet, "No live status and no talk: the report and errors only");
  app.add_flag("-v,--verbose", flags.verbose, "Say what was found")->excludes(quiet);
}

std::optional<int> parse(CLI::App& app, Arguments arguments, int usage_exit_code) {
  forbid_values_of_flags(app);
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  try {
    app.parse(std::move(arguments));
    return std::nullopt;
  } catch (const CLI::CallForHelp&) {
    return print(app.help());
  } catch (const CLI::ParseError& mistake) {
    complain(fmt::format("{}\n  see {} --help", told_plainly(mistake.what()), app.get_name()));
    return usage_exit_code;
  }
}

}  // namespace loopstall
