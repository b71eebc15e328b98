// Reads one rule, word by word. Each step takes its words, or says where the text is wrong.
#pragma once

#include <string>
#include <string_view>

#include "check/lexer.h"
#include "check/statistic.h"

namespace loopstall::check {

class RuleParser {
 public:
  RuleParser(std::string_view text, Level level, TimeBasis time);
  Parsed<Rule> parse();

 private:
  using Step = tl::expected<void, Mistake>;
  static tl::unexpected<Mistake> wrong(std::size_t at, std::string message);

  // The next token, of this kind or this sign.
  Parsed<Token> take(TokenKind kind, std::string_view what);
  Step take_sign(std::string_view sign, std::string_view why);
  bool next_is(std::string_view sign) const;

  Step take_level();
  Step take_claim();
  Step take_time();
  Step take_end();

  Step take_path();
  Step take_statistic();
  Step take_percent(std::string& path);  // p(99.9)
  Step take_compare();
  Step take_limit();

  Step take_any();
  Step take_selectors();
  Step take_selector();
  Step add_selector(const std::string& key, const Token& value, bool negated);

  std::string example() const;
  std::string trimmed() const;

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

// What stands for an error in messages: "the end", or the token in quotes.
std::string shown(const Token& token);

}  // namespace loopstall::check
