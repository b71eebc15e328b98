#include "check/budget.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/units.h"
#include "check/nearest.h"
#include "check/statistic.h"
#include "check/toml_reader.h"

namespace loopstall::check {
namespace {

constexpr std::array<std::string_view, 8> kKeys{"threshold", "time", "inconclusive", "error",
                                                "warn",      "rule", "ignore",       "baseline"};
constexpr std::array<std::string_view, 4> kRuleKeys{"rule", "level", "time", "because"};
constexpr std::array<std::string_view, 2> kBaselineKeys{"tolerance", "at-least"};
constexpr std::array<std::string_view, 2> kTimes{"own", "busy"};
constexpr std::array<std::string_view, 2> kLevels{"error", "warn"};
constexpr std::array<std::string_view, 2> kInconclusive{"pass", "fail"};

class BudgetReader : TomlReader {
 public:
  using TomlReader::TomlReader;

  Result<Budget> read(const toml::table& table) {
    if (auto known = only(table, kKeys, "key"); !known) return tl::unexpected(known.error());
    using Part = Result<> (BudgetReader::*)(const toml::table&);
    for (const Part part : {&BudgetReader::read_settings, &BudgetReader::read_lists, &BudgetReader::read_rules,
                            &BudgetReader::read_ignores, &BudgetReader::read_baseline})
      if (auto done = (this->*part)(table); !done) return tl::unexpected(done.error());
    return std::move(budget_);
  }

 private:
  Result<> read_settings(const toml::table& table) {
    const auto threshold = duration(table, "threshold");
    if (!threshold) return tl::unexpected(threshold.error());
    if (*threshold && **threshold == 0)
      return wrong(*table.get("threshold"), "the threshold must be longer than nothing");
    const auto time = word(table, "time", kTimes);
    if (!time) return tl::unexpected(time.error());
    const auto inconclusive = word(table, "inconclusive", kInconclusive);
    if (!inconclusive) return tl::unexpected(inconclusive.error());
    budget_.settings.threshold_ns = *threshold;
    time_ = static_cast<TimeBasis>(time->value_or(0));
    if (*inconclusive) budget_.settings.inconclusive = **inconclusive == 0 ? Inconclusive::Pass : Inconclusive::Fail;
    return {};
  }

  Result<> read_lists(const toml::table& table) {
    for (const std::string_view level : kLevels)
      if (auto done = read_list(table, level); !done) return done;
    return {};
  }

  Result<> read_list(const toml::table& table, std::string_view level) {
    const toml::node* node = table.get(level);
    if (!node) return {};
    if (!node->is_array()) return wrong(*node, fmt::format("{} is a list of rules, not {}", level, type_name(*node)));
    for (const toml::node& rule : *node->as_array())
      if (auto added = add_rule(rule, level == "error" ? Level::Error : Level::Warn, time_); !added) return added;
    return {};
  }

  Result<> add_rule(const toml::node& node, Level level, TimeBasis time) {
    const auto written = text(node, "a rule");
    if (!written) return tl::unexpected(written.error());
    auto rule = parse_rule(*written, level, time);
    if (!rule) return source_.mistake(source_.inside(place_of(node), *written, rule.error().at), rule.error().message);
    rule->origin = fmt::format("{}:{}", source_.name(), place_of(node).line);
    budget_.rules.push_back(std::move(*rule));
    return {};
  }

  // [[name]]: each of its tables.
  template <class Each>
  Result<> for_each(const toml::table& table, std::string_view name, Each each) {
    const toml::node* node = table.get(name);
    if (!node) return {};
    const auto* const array = node->as_array();
    if (!array) return wrong(*node, fmt::format("write [[{}]], with two brackets each", name));
    for (const toml::node& entry : *array) {
      if (!entry.is_table()) return wrong(entry, fmt::format("{} is a table, not {}", name, type_name(entry)));
      if (auto done = each(*entry.as_table()); !done) return done;
    }
    return {};
  }

  Result<> read_rules(const toml::table& table) {
    return for_each(table, "rule", [this](const toml::table& entry) { return read_rule(entry); });
  }

  Result<> read_rule(const toml::table& entry) {
    if (auto known = only(entry, kRuleKeys, "key of a rule"); !known) return known;
    if (!entry.contains("rule")) return wrong(entry, "this [[rule]] has no rule = \"...\"");
    const auto level = word(entry, "level", kLevels);
    if (!level) return tl::unexpected(level.error());
    const auto time = word(entry, "time", kTimes);
    if (!time) return tl::unexpected(time.error());
    const auto because = maybe_text(entry, "because");
    if (!because) return tl::unexpected(because.error());
    const auto added = add_rule(*entry.get("rule"), level->value_or(0) == 0 ? Level::Error : Level::Warn,
                                *time ? static_cast<TimeBasis>(**time) : time_);
    if (added) budget_.rules.back().because = because->value_or("");
    return added;
  }

  Result<> read_ignores(const toml::table& table) {
    return for_each(table, "ignore", [this](const toml::table& entry) { return read_ignore(entry); });
  }

  Result<> read_ignore(const toml::table& entry) {
    const Keys selectors = find_subject("culprit")->keys;
    std::vector<std::string_view> keys(selectors.begin(), selectors.end());
    keys.push_back("reason");
    if (auto known = only(entry, keys, "key of an ignored culprit"); !known) return known;
    const auto reason = maybe_text(entry, "reason");
    if (!reason) return tl::unexpected(reason.error());
    if (!*reason) return wrong(entry, "this [[ignore]] has no reason = \"...\": say why it may block");
    if ((*reason)->find_first_not_of(" \t\n") == std::string::npos)
      return wrong(*entry.get("reason"), "the reason is empty");
    Ignore ignore{{}, **reason, fmt::format("{}:{}", source_.name(), place_of(entry).line)};
    for (const std::string_view key : selectors)
      if (auto added = add_selector(ignore, entry, key); !added) return added;
    if (ignore.where.empty())
      return wrong(entry, fmt::format("this [[ignore]] names nobody; it needs one of {}", list_of(selectors)));
    budget_.ignores.push_back(std::move(ignore));
    return {};
  }

  // The value is read as in a rule: a text with * and ?, or /an expression/.
  Result<> add_selector(Ignore& ignore, const toml::table& entry, std::string_view key) const {
    const auto value = maybe_text(entry, key);
    if (!value) return tl::unexpected(value.error());
    if (!*value) return {};
    const std::string& written = **value;
    const toml::node& node = *entry.get(key);
    if (written.empty()) return wrong(node, fmt::format("{} is empty", key));
    const bool is_regex = written.size() > 2 && written.front() == '/' && written.back() == '/';
    if (key == "cause" && !is_regex &&
        std::find(cause_words().begin(), cause_words().end(), written) == cause_words().end())
      return wrong(node, no_such("cause", written, cause_words()));
    if (!is_regex) return ignore.where.push_back({std::string(key), Pattern::glob(written), false}), Result<>{};
    auto pattern = Pattern::regex(std::string_view(written).substr(1, written.size() - 2));
    if (!pattern) return wrong(node, fmt::format("not a regular expression: {}", pattern.error()));
    ignore.where.push_back({std::string(key), std::move(*pattern), false});
    return {};
  }

  Result<> read_baseline(const toml::table& table) {
    const toml::node* node = table.get("baseline");
    if (!node) return {};
    const auto* const entry = node->as_table();
    if (!entry) return wrong(*node, fmt::format("baseline is a table, [baseline], not {}", type_name(*node)));
    if (auto known = only(*entry, kBaselineKeys, "key of the baseline"); !known) return known;
    const auto at_least = duration(*entry, "at-least");
    if (!at_least) return tl::unexpected(at_least.error());
    budget_.settings.tolerance_ns = *at_least;
    return read_tolerance(*entry);
  }

  Result<> read_tolerance(const toml::table& entry) {
    const auto written = maybe_text(entry, "tolerance");
    if (!written) return tl::unexpected(written.error());
    if (!*written) return {};
    const std::string& text = **written;
    double percent = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), percent, std::chars_format::fixed);
    if (error != std::errc{} || std::string_view(end) != "%" || !(percent >= 0) || percent > 1000)
      return wrong(*entry.get("tolerance"), fmt::format("\"{}\" is no tolerance such as 10%", text));
    budget_.settings.tolerance = percent / 100;
    return {};
  }

  Budget budget_;
  TimeBasis time_ = TimeBasis::Own;
};

}  // namespace

void take_settings(Settings& settings, const Settings& more) {
  if (more.threshold_ns) settings.threshold_ns = more.threshold_ns;
  if (more.inconclusive) settings.inconclusive = more.inconclusive;
  if (more.tolerance) settings.tolerance = more.tolerance;
  if (more.tolerance_ns) settings.tolerance_ns = more.tolerance_ns;
}

Result<Budget> parse_budget(std::string_view text, const std::string& name) {
  TomlSource source(text, name);
  const toml::parse_result parsed = toml::parse(text, name);
  if (!parsed) return source.mistake(place_of(parsed.error().source()), std::string(parsed.error().description()));
  return BudgetReader(std::move(source)).read(parsed.table());
}

Result<Rule> parse_argument(const std::string& text, const std::string& option) {
  auto rule = parse_rule(text);
  if (!rule)
    return usage_error(
        fmt::format("{}: {}\n{}", option, rule.error().message, marked(text, column_of(text, rule.error().at))));
  rule->origin = option;
  return std::move(*rule);
}

}  // namespace loopstall::check
