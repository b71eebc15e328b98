#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/units.h"
#include "check/lexer.h"
#include "check/nearest.h"
#include "check/rule.h"
#include "check/statistic.h"
#include "model/task.h"

namespace loopstall::check {
namespace {

constexpr std::array<std::string_view, 2> kLevels{"error", "warn"};
constexpr std::array<std::string_view, 2> kTimes{"own", "busy"};
constexpr std::array<std::string_view, 6> kCompares{"<", "<=", ">", ">=", "==", "!="};
constexpr std::array<std::string_view, 5> kKinds{"other", "task", "callback", "timer", "signal"};
constexpr std::size_t kLongestRule = 2000, kMostSelectors = 16;

using Step = tl::expected<void, Mistake>;
tl::unexpected<Mistake> wrong(std::size_t at, std::string message) {
  return tl::unexpected(Mistake{at, std::move(message)});
}

std::string shown(const Token& token) {
  return token.kind == TokenKind::End ? "the end" : fmt::format("\"{}\"", token.text);
}

class RuleParser {
 public:
  RuleParser(std::string_view text, Level level, TimeBasis time) : text_(text), lexer_(text) {
    rule_.level = level;
    rule_.time = time;
  }

  Parsed<Rule> parse() {
    using Part = Step (RuleParser::*)();
    for (const Part part :
         {&RuleParser::take_level, &RuleParser::take_claim, &RuleParser::take_time, &RuleParser::take_end})
      if (auto done = (this->*part)(); !done) return tl::unexpected(done.error());
    rule_.text = trimmed();
    return rule_;
  }

 private:
  std::string trimmed() const {
    std::string_view text = text_.substr(begin_);
    while (!text.empty() && text.back() <= ' ') text.remove_suffix(1);
    return std::string(text);
  }

  // The next token, of this kind.
  Parsed<Token> take(TokenKind kind, std::string_view what) {
    auto token = lexer_.next();
    if (token && token->kind != kind) return wrong(token->at, fmt::format("expected {}, not {}", what, shown(*token)));
    return token;
  }

  Step take_sign(std::string_view sign, std::string_view why) {
    const auto token = lexer_.next();
    if (!token) return tl::unexpected(token.error());
    if (token->kind != TokenKind::Sign || token->text != sign)
      return wrong(token->at, fmt::format("expected \"{}\" {}, not {}", sign, why, shown(*token)));
    return {};
  }

  bool next_is(std::string_view sign) const {
    const auto token = lexer_.peek();
    return token && token->kind == TokenKind::Sign && token->text == sign;
  }

  Step take_level() {
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

  Step take_claim() {
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

  Step take_path() {
    const auto word = take(TokenKind::Word, fmt::format("what of it, such as .{}", example()));
    if (!word) return tl::unexpected(word.error());
    path_ = word->text;
    path_at_ = word->at;
    return {};
  }

  std::string example() const {
    return subject_->distribution == "-" ? "utilization" : fmt::format("{}p99", subject_->distribution);
  }

  Step take_statistic() {
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

  // p(99.9)
  Step take_percent(std::string& path) {
    static_cast<void>(lexer_.next());
    const auto percent = take(TokenKind::Word, "a percentile such as 99.9");
    if (!percent) return tl::unexpected(percent.error());
    path += "(" + percent->text + ")";
    return take_sign(")", "after the percentile");
  }

  Step take_compare() {
    const auto sign = lexer_.next();
    if (!sign) return tl::unexpected(sign.error());
    if (sign->text == "=") return wrong(sign->at, "\"=\" compares nothing; write == or <=");
    const auto* const found = std::find(kCompares.begin(), kCompares.end(), sign->text);
    if (sign->kind != TokenKind::Sign || found == kCompares.end())
      return wrong(sign->at, fmt::format("expected one of < <= > >= == !=, not {}", shown(*sign)));
    rule_.compare = static_cast<Compare>(found - kCompares.begin());
    return {};
  }

  Step take_limit() {
    auto word = take(TokenKind::Word, "a limit");
    if (!word) return tl::unexpected(word.error());
    std::string text = word->text;
    // "5 ms", "80 %": the unit stands apart.
    if (const auto unit = lexer_.peek(); unit && unit->kind == TokenKind::Word && unit->text != "in") {
      text += " " + unit->text;
      static_cast<void>(lexer_.next());
    }
    const auto limit = limit_in(text);
    if (!limit) return wrong(word->at, limit.error());
    rule_.limit = *limit;
    return {};
  }

  tl::expected<double, std::string> limit_in(const std::string& text) const {
    if (rule_.unit != Unit::Time) return number_in(text);
    if (text == "0") return 0;
    const auto ns = parse_duration(text);
    if (!ns) return tl::unexpected(ns.error().message);
    return static_cast<double>(*ns);
  }

  tl::expected<double, std::string> number_in(std::string text) const {
    const bool share = rule_.unit == Unit::Share;
    const auto* const what = share ? "a share such as 80% or 0.8" : "a number such as 0 or 10";
    const bool percent = share && text.ends_with('%');
    if (percent) text.pop_back();
    if (percent && text.ends_with(' ')) text.pop_back();
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (error != std::errc{} || end != text.data() + text.size() || !(value >= 0))
      return tl::unexpected(fmt::format("\"{}{}\" is not {}", text, percent ? "%" : "", what));
    if (percent) value /= 100;
    if (share && value > 1) return tl::unexpected(fmt::format("{} is more than the whole; {}", value, what));
    return value;
  }

  Step take_any() {
    subject_ = find_subject("culprit");
    rule_.subject = Subject::Culprit;
    if (!next_is("(")) return take_sign("(", "after any");
    if (auto taken = take_selectors(); !taken) return taken;
    rule_.statistic = Statistic::Count;
    rule_.compare = Compare::Equal;
    return {};
  }

  Step take_selectors() {
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

  Step take_selector() {
    const auto key = take(TokenKind::Word, fmt::format("one of {}", list_of(subject_->keys)));
    if (!key) return tl::unexpected(key.error());
    const bool is_key = next_is("=") || next_is("!=");
    if (!is_key && first_.text == "any") return add_selector("cause", *key, false);
    const auto sign = lexer_.next();
    if (!sign) return tl::unexpected(sign.error());
    if (!is_key) return wrong(sign->at, fmt::format("expected \"=\" after {}, not {}", key->text, shown(*sign)));
    if (std::find(subject_->keys.begin(), subject_->keys.end(), key->text) == subject_->keys.end())
      return wrong(key->at, no_such("selector", key->text, subject_->keys));
    const auto value = lexer_.next();
    if (!value) return tl::unexpected(value.error());
    return add_selector(key->text, *value, sign->text == "!=");
  }

  Step add_selector(const std::string& key, const Token& value, bool negated) {
    if (value.kind == TokenKind::Sign || value.kind == TokenKind::End)
      return wrong(value.at,
                   fmt::format("expected a word, \"a text\" or /an expression/ for {}, not {}", key, shown(value)));
    if (auto known = check_word(key, value); !known) return known;
    if (value.kind != TokenKind::Regex) return rule_.where.push_back({key, Pattern::glob(value.text), negated}), Step{};
    auto pattern = Pattern::regex(value.text);
    if (!pattern) return wrong(value.at, fmt::format("not a regular expression: {}", pattern.error()));
    rule_.where.push_back({key, std::move(*pattern), negated});
    return {};
  }

  // A mistyped cause would match nothing, and the rule would always pass.
  static Step check_word(const std::string& key, const Token& value) {
    if (value.kind == TokenKind::Regex || value.text.find_first_of("*?") != std::string::npos) return {};
    const auto in = [&](std::span<const std::string_view> words) {
      return std::find(words.begin(), words.end(), value.text) != words.end();
    };
    if (key == "cause" && !in(cause_words())) return wrong(value.at, no_such("cause", value.text, cause_words()));
    if (key == "kind" && !in(kKinds)) return wrong(value.at, no_such("kind of task", value.text, kKinds));
    return {};
  }

  Step take_time() {
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

  Step take_end() {
    const auto end = lexer_.next();
    if (!end) return tl::unexpected(end.error());
    return end->kind == TokenKind::End ? Step{} : wrong(end->at, fmt::format("{} is too much here", shown(*end)));
  }

  std::string_view text_;
  Lexer lexer_;
  Rule rule_;
  Token first_;
  std::size_t begin_ = 0;
  const SubjectName* subject_ = nullptr;
  std::string path_;
  std::size_t path_at_ = 0;
  bool own_only_ = false;
};

}  // namespace

Parsed<Rule> parse_rule(std::string_view text, Level level, TimeBasis time) {
  if (text.size() > kLongestRule) return wrong(kLongestRule, fmt::format("a rule has at most {} bytes", kLongestRule));
  return RuleParser(text, level, time).parse();
}

}  // namespace loopstall::check
