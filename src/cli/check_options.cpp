#include "cli/check_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/units.h"
#include "cli/help_format.h"
#include "cli/parse.h"

namespace loopstall {
namespace {

const char kExamples[] =
    "Without a rule and a baseline the rule is stall.count == 0. Rules are judged\n"
    "on own time, without the run queue, unless they say \"in busy time\". What\n"
    "command and load print goes to standard error. docs/ci.md has the grammar.\n"
    "\n"
    "Examples:\n"
    "  loopstall check -- python -m pytest tests/\n"
    "  loopstall check --max 'any(blocking_call)' :8000 -d 30s\n"
    "  loopstall check --budget loopstall.toml --baseline loopstall.json \\\n"
    "    --ready :8000 --load 'wrk -c2 -d20s http://127.0.0.1:8000/' -- uvicorn a:app\n"
    "  loopstall check --budget loopstall.toml made-elsewhere.loopstall\n"
    "\n"
    "Exit codes:\n"
    "  0  pass\n"
    "  1  error: a file could not be written, ...\n"
    "  2  wrong usage, or a mistake in the budget file\n"
    "  3  could not measure: no permission, never ready, the load failed, ...\n"
    "  4  a rule or the baseline is broken\n"
    "  5  inconclusive\n"
    "  of a command that failed: its own, 125-127, or 128 + the signal\n";

std::uint64_t duration_or_throw(const std::string& flag, const std::string& text) {
  const auto ns = parse_duration(text);
  if (!ns) throw CLI::ValidationError(flag, ns.error().message);
  return *ns;
}

template <class T>
bool number_in(std::string_view text, T& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

void take_ready(CheckOptions& options, const std::string& text) {
  if (text.starts_with(':')) {
    std::uint16_t port = 0;
    if (!number_in(std::string_view(text).substr(1), port) || port == 0)
      throw CLI::ValidationError("--ready", fmt::format("\"{}\" is no port such as :8000", text));
    options.ready_port = port;
    return;
  }
  unsigned seconds = 0;
  options.ready_after_ns = number_in(text, seconds) ? seconds * kSecond : duration_or_throw("--ready", text);
}

void add_judging(CLI::App& app, CheckOptions& options) {
  app.add_option("--budget", options.budgets, "Rules, and what is ignored, from a TOML file. May be repeated")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app.add_option("--max", options.rules, "A rule such as 'busy.p99 < 5ms'. May be repeated")
      ->type_name("RULE")
      ->allow_extra_args(false);
  app.add_option("--baseline", options.baseline, "Compare with what --save-baseline wrote")->type_name("FILE");
  app.add_option("--save-baseline", options.save_baseline, "Write what was measured as a baseline, to be committed")
      ->type_name("FILE");
  app.add_option("--inconclusive", options.inconclusive,
                 "What can not be decided counts as pass or fail (default: exit 5)")
      ->type_name("VERDICT")
      ->check(CLI::IsMember({"pass", "fail"}));
  app.add_flag("--ignore-status", options.ignore_status,
               "The verdict alone makes the exit code, not a failing command");
}

void add_running(CLI::App& app, CheckOptions& options) {
  app.add_option("--load", options.load,
                 "Traffic: a shell command, started once the server listens; its end ends the run")
      ->type_name("COMMAND");
  app.add_option_function<std::string>(
         "--ready", [&options](const std::string& text) { take_ready(options, text); },
         "When the command is ready: it listens on :PORT, or after SECONDS (default: it listens on any port)")
      ->type_name(":PORT|SECONDS");
  add_duration(app, "--ready-within", options.ready_limit_ns, "How long to wait for that (default: 60s)");
  add_duration(app, "--warmup", options.warmup_ns, "Traffic that is not measured, at the beginning (default: none)");
  app.add_option("--runs", options.runs, "Measure so often, and judge all together (default: 1)")
      ->type_name("N")
      ->check(CLI::Range(1, 100));
}

void add_writing(CLI::App& app, CheckOptions& options) {
  app.add_option("--junit", options.junit, "Write the findings as JUnit XML, one test case each")->type_name("FILE");
  app.add_option("--markdown", options.markdown, "Write them as Markdown, for a job summary")->type_name("FILE");
  app.add_flag("--json", options.json, "Print them as JSON");
  app.add_option("-o,--output", options.output.files,
                 "Save a run to FILE; its ending chooses what, as in attach: .loopstall the recording. May be repeated")
      ->type_name("FILE")
      ->allow_extra_args(false);
}

std::size_t recordings_in(const CheckOptions& options) {
  return static_cast<std::size_t>(std::count_if(options.subjects.begin(), options.subjects.end(), is_recording));
}

bool starts_something(const CheckOptions& options) {
  return !options.load.empty() || options.ready_port || options.ready_after_ns || options.warmup_ns;
}

}  // namespace

void add_check_options(CLI::App& app, CheckOptions& options) {
  app.add_option("WHAT", options.subjects, "Recordings, or running processes: a pid, a name, or :PORT")->type_name("");
  add_judging(app, options);
  add_running(app, options);
  add_writing(app, options);
  add_measure_options(app, options.measure);
  app.remove_option(app.get_option("--on-stall"));
  add_talk_options(app, options.talk);
  app.formatter(std::make_shared<HelpFormat>("[-- COMMAND...]"));
  app.footer(kExamples);
}

bool is_recording(const std::string& subject) {
  return subject.ends_with(".loopstall") || subject.find('/') != std::string::npos;
}

std::string mistake_in(const CheckOptions& options) {
  const std::size_t recordings = recordings_in(options);
  const bool command = !options.command.empty();
  if (options.subjects.empty() && !command) return "nothing to check: name recordings, a target, or -- COMMAND";
  if (!options.subjects.empty() && command) return "either recordings or targets, or a command, not both";
  if (recordings && recordings < options.subjects.size()) return "either recordings or targets, not both";
  if (recordings && (starts_something(options) || options.measure.duration_ns || options.runs > 1))
    return "a recording is judged as it is: no -d, --load, --ready, --warmup, --runs";
  if (recordings && !options.output.files.empty()) return "-o saves what is measured; a recording was already";
  if (!command && (options.ready_port || options.ready_after_ns)) return "--ready is for a command";
  if (options.warmup_ns && options.load.empty()) return "--warmup is traffic: it takes --load";
  if (options.runs > 1 && !command && !options.measure.duration_ns && options.load.empty())
    return "--runs of a target take -d or --load, which end each";
  return "";
}

}  // namespace loopstall
