#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/units.h"
#include "check/baseline.h"
#include "check/judge.h"
#include "check/outputs.h"
#include "cli/check_options.h"
#include "cli/check_run.h"
#include "cli/late_file.h"
#include "cli/parse.h"
#include "cli/talk.h"
#include "cli/verbs.h"
#include "recording/recording.h"

namespace loopstall {
namespace {

constexpr std::uint64_t kThresholdNs = 10 * kMillisecond, kEvidenceAfterNs = 2 * kMillisecond;
constexpr std::size_t kLargestFile = 16 << 20;

Result<std::string> read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return system_error("cannot read " + path);
  std::string text(kLargestFile + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return system_error("cannot read " + path);
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kLargestFile) return fail(path + " is too large");
  return text;
}

bool in_github_actions() {
  const char* set = std::getenv("GITHUB_ACTIONS");
  return set && std::string_view(set) == "true";
}

std::string workspace() {
  const char* set = std::getenv("GITHUB_WORKSPACE");
  return set ? set : "";
}

class Check {
 public:
  explicit Check(CheckOptions options) : options_(std::move(options)) {}

  // The exit code.
  Result<int> go() {
    using Step = Result<> (Check::*)();
    for (const Step step : {&Check::read_rules, &Check::read_baseline, &Check::open_files, &Check::measure_all,
                            &Check::judge_all, &Check::publish})
      if (auto done = (this->*step)(); !done) return tl::unexpected(done.error());
    return check::exit_code(result_);
  }

 private:
  Result<> read_rules() {
    for (const std::string& path : options_.budgets)
      if (auto done = read_budget(path); !done) return done;
    for (const std::string& text : options_.rules) {
      auto rule = check::parse_argument(text, "--max");
      if (!rule) return tl::unexpected(rule.error());
      budget_.rules.push_back(std::move(*rule));
    }
    const bool anything = !budget_.rules.empty() || !options_.baseline.empty() || !options_.save_baseline.empty();
    if (!anything) budget_.rules.push_back(*check::parse_argument("stall.count == 0", "default"));
    settle_options();
    return {};
  }

  Result<> read_budget(const std::string& path) {
    const auto text = read_text(path);
    if (!text) return tl::unexpected(text.error());
    auto budget = check::parse_budget(*text, path);
    if (!budget) return tl::unexpected(budget.error());
    std::move(budget->rules.begin(), budget->rules.end(), std::back_inserter(budget_.rules));
    std::move(budget->ignores.begin(), budget->ignores.end(), std::back_inserter(budget_.ignores));
    check::take_settings(budget_.settings, budget->settings);
    return {};
  }

  // The command line first, then the budget, then what it is unless told.
  void settle_options() {
    threshold_ns_ = options_.threshold_ns.value_or(budget_.settings.threshold_ns.value_or(kThresholdNs));
    const std::uint64_t evidence = options_.measure.evidence_after_ns.value_or(kEvidenceAfterNs);
    options_.measure.threshold_ns = options_.measure.no_evidence ? threshold_ns_ : std::min(threshold_ns_, evidence);
    options_.measure.evidence_after_ns.reset();
    result_.status_counts = !options_.ignore_status;
    result_.inconclusive = budget_.settings.inconclusive.value_or(check::Inconclusive::OwnCode);
    if (options_.inconclusive == "pass") result_.inconclusive = check::Inconclusive::Pass;
    if (options_.inconclusive == "fail") result_.inconclusive = check::Inconclusive::Fail;
  }

  Result<> read_baseline() {
    if (options_.baseline.empty()) return {};
    const auto text = read_text(options_.baseline);
    if (!text) return tl::unexpected(text.error());
    auto baseline = check::parse_baseline(*text, options_.baseline);
    if (!baseline) return tl::unexpected(baseline.error());
    baseline_ = std::move(*baseline);
    result_.baseline = options_.baseline;
    return {};
  }

  Result<> open_files() {
    using Place = std::pair<const std::string*, std::optional<LateFile>*>;
    for (const auto& [path, place] : {Place{&options_.junit, &junit_}, Place{&options_.markdown, &markdown_},
                                      Place{&options_.save_baseline, &saved_}}) {
      if (path->empty()) continue;
      auto file = LateFile::open(*path);
      if (!file) return tl::unexpected(file.error());
      place->emplace(std::move(*file));
    }
    return {};
  }

  Result<> measure_all() {
    const bool recordings = options_.command.empty() && is_recording(options_.subjects[0]);
    return recordings ? read_recordings() : measure_runs();
  }

  Result<> read_recordings() {
    for (const std::string& path : options_.subjects) {
      auto session = read_recording(path);
      if (!session) return tl::unexpected(session.error());
      result_.sources.push_back(fmt::format("{}: {}", path, session->info.target));
      runs_.push_back(std::move(*session));
    }
    return {};
  }

  Result<> measure_runs() {
    for (unsigned number = 0; number < options_.runs && !broken_; ++number) {
      auto run = check_run(options_, number);
      if (!run) return tl::unexpected(run.error());
      add_run(std::move(*run));
    }
    return {};
  }

  void add_run(CheckedRun run) {
    result_.sources.push_back(
        fmt::format("{}, {}", run.session.info.target, format_duration(run.session.info.duration_ns)));
    if (run.stolen_ns) result_.stolen_ns = result_.stolen_ns.value_or(0) + *run.stolen_ns;
    if (run.command) result_.command = std::move(run.command);
    if (run.load) result_.load = std::move(run.load);
    broken_ = std::move(run.broken);
    runs_.push_back(std::move(run.session));
  }

  Result<> judge_all() {
    result_.measured = check::measure(runs_, threshold_ns_, budget_.ignores, result_.stolen_ns);
    if (result_.measured.loops.empty() && !broken_)
      return cannot_measure("no event loop in " + fmt::format("{}", fmt::join(result_.sources, ", ")));
    if (broken_ && !options_.ignore_status) result_.findings.push_back(command_failed());
    for (const check::Rule& rule : budget_.rules) result_.findings.push_back(check::judge(rule, result_.measured));
    if (!baseline_ && !saved_) return {};
    const check::Baseline now = check::baseline_of(runs_, result_.measured);
    if (baseline_) check::compare(*baseline_, now, budget_.settings, result_);
    if (saved_) new_baseline_ = check::render_baseline(check::merge_baselines(baseline_, now, budget_.settings));
    return {};
  }

  check::Finding command_failed() const {
    check::Finding finding{.kind = check::FindingKind::Command, .name = "the command succeeds"};
    finding.verdict = check::Verdict::Fail;
    finding.why = *broken_;
    return finding;
  }

  // A verdict is printed also when a file can not be written.
  Result<> publish() {
    const std::string text =
        options_.json ? check::render_json(result_) : check::render_text(result_, style_for(STDOUT_FILENO));
    Result<> all = write_all(STDOUT_FILENO, text);
    if (in_github_actions())
      keep(all,
           write_all(options_.json ? STDERR_FILENO : STDOUT_FILENO, check::render_annotations(result_, workspace())));
    if (junit_) keep(all, junit_->write(check::render_junit(result_)));
    if (markdown_) keep(all, markdown_->write(check::render_markdown(result_)));
    if (saved_) keep(all, saved_->write(new_baseline_));
    return all;
  }

  static void keep(Result<>& all, Result<> done) {
    if (all && !done) all = std::move(done);
  }

  CheckOptions options_;
  std::uint64_t threshold_ns_ = kThresholdNs;
  check::Budget budget_;
  std::optional<check::Baseline> baseline_;
  std::optional<LateFile> junit_, markdown_, saved_;
  std::vector<Session> runs_;
  std::optional<std::string> broken_;
  std::string new_baseline_;
  check::CheckResult result_;
};

}  // namespace

int check_verb(const Arguments& arguments) {
  CheckOptions options;
  CLI::App app("Judge rules and a baseline: what stalls the loop fails the build.", "loopstall check");
  add_check_options(app, options);
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  if (const auto code = parse(app, {arguments.begin(), dashes})) return *code;
  if (dashes != arguments.end()) options.command.assign(dashes + 1, arguments.end());
  if (app.get_option("--threshold")->count() > 0) options.threshold_ns = options.measure.threshold_ns;
  if (const std::string mistake = mistake_in(options); !mistake.empty()) {
    complain(mistake + "\n  see loopstall check --help");
    return static_cast<int>(ExitCode::Usage);
  }
  const auto done = Check(std::move(options)).go();
  return done ? *done : fail_with(done.error());
}

}  // namespace loopstall
