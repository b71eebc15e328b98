#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "check/nearest.h"
#include "check/rule_parser.h"

namespace loopstall::check {
namespace {

constexpr std::array<std::string_view, 5> kKinds{"other", "task", "callback", "timer", "signal"};
constexpr std::size_t kMostSelectors = 16;

// What is wrong with a word that must be one of a few: a mistyped cause would match nothing, and the rule would always
// pass. "" if nothing is.
std::string mistake_in(const std::string& key, const Token& value) {
  if (value.kind == TokenKind::Regex || value.text.find_first_of("*?") != std::string::npos) return "";
  const auto in = [&](std::span<const std::string_view> words) {
    return std::find(words.begin(), words.end(), value.text) != words.end();
  };
  if (key == "cause" && !in(cause_words())) return no_such("cause", value.text, cause_words());
  return key == "kind" && !in(kKinds) ? no_such("kind of task", value.text, kKinds) : "";
}

}  // namespace

RuleParser::Step RuleParser::take_any() {
  subject_ = find_subject("culprit");
  rule_.subject = Subject::Culprit;
  if (!next_is("(")) return take_sign("(", "after any");
  if (auto taken = take_selectors(); !taken) return taken;
  rule_.statistic = Statistic::Count;
  rule_.compare = Compare::Equal;
  return {};
}

RuleParser::Step RuleParser::take_selectors() {
  if (auto open = take_sign("(", "here"); !open) return open;
  do {
    if (auto taken = take_selector(); !taken) return taken;
    if (rule_.where.size() > kMostSelectors)
      return wrong(path_at_, fmt::format("more than {} selectors", kMostSelectors));
    if (!next_is(",")) break;
    static_cast<void>(lexer_.next());
  } while (true);
  return take_sign(")", "after the selectors");
}

RuleParser::Step RuleParser::take_selector() {
  const auto key = lexer_.next();
  if (!key) return tl::unexpected(key.error());
  const bool is_key = next_is("=") || next_is("!=");
  if (!is_key && !subject_->key.empty() && key->kind != TokenKind::Sign)
    return add_selector(std::string(subject_->key), *key, false);
  if (key->kind != TokenKind::Word)
    return wrong(key->at, fmt::format("expected one of {}, not {}", list_of(subject_->keys), shown(*key)));
  const auto sign = lexer_.next();
  if (!sign) return tl::unexpected(sign.error());
  if (!is_key) return wrong(sign->at, fmt::format("expected \"=\" after {}, not {}", key->text, shown(*sign)));
  if (std::find(subject_->keys.begin(), subject_->keys.end(), key->text) == subject_->keys.end())
    return wrong(key->at, no_such("selector", key->text, subject_->keys));
  const auto value = lexer_.next();
  if (!value) return tl::unexpected(value.error());
  return add_selector(key->text, *value, sign->text == "!=");
}

RuleParser::Step RuleParser::add_selector(const std::string& key, const Token& value, bool negated) {
  if (value.kind == TokenKind::Sign || value.kind == TokenKind::End)
    return wrong(value.at,
                 fmt::format("expected a word, \"a text\" or /an expression/ for {}, not {}", key, shown(value)));
  if (const std::string mistake = mistake_in(key, value); !mistake.empty()) return wrong(value.at, mistake);
  if (value.kind != TokenKind::Regex) return rule_.where.push_back({key, Pattern::glob(value.text), negated}), Step{};
  auto pattern = Pattern::regex(value.text);
  if (!pattern) return wrong(value.at, fmt::format("not a regular expression: {}", pattern.error()));
  rule_.where.push_back({key, std::move(*pattern), negated});
  return {};
}

}  // namespace loopstall::check
