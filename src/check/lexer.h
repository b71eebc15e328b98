// The words of a rule, each with its place in the text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "check/rule.h"

namespace loopstall::check {

enum class TokenKind { Word, Text, Regex, Sign, End };  // Word: letters, digits and . _ * ? % - /

struct Token {
  TokenKind kind = TokenKind::End;
  std::string text;
  std::size_t at = 0;
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  Parsed<Token> next();
  // The next one, without taking it.
  Parsed<Token> peek() const { return Lexer(*this).next(); }

 private:
  Parsed<Token> enclosed(char end, TokenKind kind, std::string_view what);
  Token word();
  Parsed<Token> sign();

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace loopstall::check
