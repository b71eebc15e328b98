#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "check/limit.h"
#include "check/nearest.h"
#include "check/rule_parser.h"

namespace loopstall::check {
namespace {

constexpr std::array<std::string_view, 2> kLevels{"error", "warn"};
constexpr std::array<std::string_view, 2> kTimes{"own", "busy"};
constexpr std::array<std::string_view, 6> kCompares{"<", "<=", ">", ">=", "==", "!="};
constexpr std::size_t kLongestRule = 2000;

}  // namespace

std::string shown(const Token& token) {
  return token.kind == TokenKind::End ? "the end" : fmt::format("\"{}\"", token.text);
}

RuleParser::RuleParser(std::string_view text, Level level, TimeBasis time) : text_(text), lexer_(text) {
  rule_.level = level;
  rule_.time = time;
}

tl::unexpected<Mistake> RuleParser::wrong(std::size_t at, std::string message) {
  return tl::unexpected(Mistake{at, std::move(message)});
}

Parsed<Rule> RuleParser::parse() {
  using Part = Step (RuleParser::*)();
  for (const Part part :
       {&RuleParser::take_level, &RuleParser::take_claim, &RuleParser::take_time, &RuleParser::take_end})
    if (auto done = (this->*part)(); !done) return tl::unexpected(done.error());
  rule_.text = trimmed();
  return rule_;
}

std::string RuleParser::trimmed() const {
  std::string_view text = text_.substr(begin_);
  while (!text.empty() && text.back() <= ' ') text.remove_suffix(1);
  return std::string(text);
}

Parsed<Token> RuleParser::take(TokenKind kind, std::string_view what) {
  auto token = lexer_.next();
  if (token && token->kind != kind) return wrong(token->at, fmt::format("expected {}, not {}", what, shown(*token)));
  return token;
}

RuleParser::Step RuleParser::take_sign(std::string_view sign, std::string_view why) {
  const auto token = lexer_.next();
  if (!token) return tl::unexpected(token.error());
  if (token->kind != TokenKind::Sign || token->text != sign)
    return wrong(token->at, fmt::format("expected \"{}\" {}, not {}", sign, why, shown(*token)));
  return {};
}

bool RuleParser::next_is(std::string_view sign) const {
  const auto token = lexer_.peek();
  return token && token->kind == TokenKind::Sign && token->text == sign;
}

RuleParser::Step RuleParser::take_level() {
  auto word = take(TokenKind::Word, "a rule such as busy.p99 < 5ms");
  if (!word) return tl::unexpected(word.error());
  first_ = *word;
  begin_ = first_.at;
  if (!next_is(":")) return {};
  if (std::find(kLevels.begin(), kLevels.end(), first_.text) == kLevels.end())
    return wrong(first_.at, no_such("level", first_.text, kLevels));
  rule_.level = first_.text == "error" ? Level::Error : Level::Warn;
  static_cast<void>(lexer_.next());
  word = take(TokenKind::Word, "a rule after the level");
  if (!word) return tl::unexpected(word.error());
  first_ = *word;
  begin_ = first_.at;
  return {};
}

RuleParser::Step RuleParser::take_claim() {
  if (first_.text == "any") return take_any();
  const std::size_t dot = std::min(first_.text.find('.'), first_.text.size());
  const std::string name = first_.text.substr(0, dot);
  subject_ = find_subject(name);
  if (!subject_) return wrong(first_.at, no_such("value", name, subject_names()));
  rule_.subject = subject_->subject;
  if (name == "own") rule_.time = TimeBasis::Own;
  own_only_ = name == "own";
  path_ = first_.text.substr(dot);
  path_at_ = first_.at + dot;
  if (next_is("(") && path_.empty())
    if (auto taken = take_selectors().and_then([&] { return take_path(); }); !taken) return taken;
  return take_statistic().and_then([&] { return take_compare(); }).and_then([&] { return take_limit(); });
}

RuleParser::Step RuleParser::take_path() {
  const auto word = take(TokenKind::Word, fmt::format("what of it, such as .{}", example()));
  if (!word) return tl::unexpected(word.error());
  path_ = word->text;
  path_at_ = word->at;
  return {};
}

std::string RuleParser::example() const {
  return subject_->distribution == "-" ? "utilization" : fmt::format("{}p99", subject_->distribution);
}

RuleParser::Step RuleParser::take_statistic() {
  if (!path_.starts_with('.'))
    return wrong(path_at_, fmt::format("expected what of it, such as {}.{}", subject_->name, example()));
  std::string path = path_.substr(1);
  if (next_is("("))
    if (auto taken = take_percent(path); !taken) return taken;
  const auto asked = find_statistic(*subject_, path);
  if (!asked)
    return wrong(path_at_ + 1,
                 fmt::format("{} has no \"{}\"; it has: {}", subject_->name, path, statistics_of(*subject_)));
  rule_.statistic = asked->statistic;
  rule_.unit = asked->unit;
  rule_.quantile = asked->quantile;
  return {};
}

RuleParser::Step RuleParser::take_percent(std::string& path) {
  static_cast<void>(lexer_.next());
  const auto percent = take(TokenKind::Word, "a percentile such as 99.9");
  if (!percent) return tl::unexpected(percent.error());
  path += "(" + percent->text + ")";
  return take_sign(")", "after the percentile");
}

RuleParser::Step RuleParser::take_compare() {
  const auto sign = lexer_.next();
  if (!sign) return tl::unexpected(sign.error());
  if (sign->text == "=") return wrong(sign->at, "\"=\" compares nothing; write == or <=");
  const auto* const found = std::find(kCompares.begin(), kCompares.end(), sign->text);
  if (sign->kind != TokenKind::Sign || found == kCompares.end())
    return wrong(sign->at, fmt::format("expected one of < <= > >= == !=, not {}", shown(*sign)));
  rule_.compare = static_cast<Compare>(found - kCompares.begin());
  return {};
}

RuleParser::Step RuleParser::take_limit() {
  auto word = take(TokenKind::Word, "a limit");
  if (!word) return tl::unexpected(word.error());
  std::string text = word->text;
  // "5 ms", "80 %": the unit stands apart.
  if (const auto unit = lexer_.peek(); unit && unit->kind == TokenKind::Word && unit->text != "in") {
    text += " " + unit->text;
    static_cast<void>(lexer_.next());
  }
  const auto limit = parse_limit(text, rule_.unit);
  if (!limit) return wrong(word->at, limit.error());
  rule_.limit = *limit;
  return {};
}

RuleParser::Step RuleParser::take_time() {
  const auto in = lexer_.peek();
  if (!in) return tl::unexpected(in.error());
  if (in->kind != TokenKind::Word || in->text != "in") return {};
  static_cast<void>(lexer_.next());
  const auto which = take(TokenKind::Word, "own or busy");
  if (!which) return tl::unexpected(which.error());
  if (std::find(kTimes.begin(), kTimes.end(), which->text) == kTimes.end())
    return wrong(which->at, no_such("time", which->text, kTimes));
  if (own_only_ && which->text == "busy")
    return wrong(which->at, "own is always in own time; write busy for busy time");
  rule_.time = which->text == "own" ? TimeBasis::Own : TimeBasis::Busy;
  const auto time = take(TokenKind::Word, "\"time\"");
  if (!time) return tl::unexpected(time.error());
  return time->text == "time" ? Step{} : wrong(time->at, fmt::format("expected \"time\", not \"{}\"", time->text));
}

RuleParser::Step RuleParser::take_end() {
  const auto end = lexer_.next();
  if (!end) return tl::unexpected(end.error());
  return end->kind == TokenKind::End ? Step{} : wrong(end->at, fmt::format("{} is too much here", shown(*end)));
}

Parsed<Rule> parse_rule(std::string_view text, Level level, TimeBasis time) {
  if (text.size() > kLongestRule)
    return tl::unexpected(Mistake{kLongestRule, fmt::format("a rule has at most {} bytes", kLongestRule)});
  return RuleParser(text, level, time).parse();
}

}  // namespace loopstall::check
