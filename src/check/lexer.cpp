#include "check/lexer.h"

#include <fmt/format.h>

#include <cctype>

namespace loopstall::check {
namespace {

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         (c != '\0' && std::string_view("._*?%-/").find(c) != std::string_view::npos) ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::string shown(char c) {
  return std::isprint(static_cast<unsigned char>(c)) ? std::string(1, c)
                                                     : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
}

}  // namespace

Parsed<Token> Lexer::next() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  if (at_ == text_.size()) return Token{TokenKind::End, "", at_};
  const char c = text_[at_];
  if (c == '/') return enclosed('/', TokenKind::Regex, "regular expression");
  if (c == '"' || c == '\'') return enclosed(c, TokenKind::Text, "text");
  return is_word(c) ? word() : sign();
}

// A backslash keeps the sign after it from ending what is enclosed; in a regular expression it stays in it.
Parsed<Token> Lexer::enclosed(char end, TokenKind kind, std::string_view what) {
  Token token{kind, "", at_};
  for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
    if (text_[i] == end) {
      at_ = i + 1;
      return token;
    }
    const bool escapes = text_[i] == '\\' && i + 1 < text_.size();
    if (escapes && (kind == TokenKind::Text || text_[i + 1] == end))
      ++i;
    else if (escapes)
      token.text += text_[i++];
    token.text += text_[i];
  }
  return tl::unexpected(Mistake{at_, fmt::format("the {} that begins here has no end", what)});
}

Token Lexer::word() {
  Token token{TokenKind::Word, "", at_};
  while (at_ < text_.size() && is_word(text_[at_])) token.text += text_[at_++];
  return token;
}

Parsed<Token> Lexer::sign() {
  for (const std::string_view sign : {"<=", ">=", "==", "!=", "<", ">", "=", "(", ")", ",", ":"})
    if (text_.substr(at_).starts_with(sign)) {
      const Token token{TokenKind::Sign, std::string(sign), at_};
      at_ += sign.size();
      return token;
    }
  return tl::unexpected(Mistake{at_, fmt::format("\"{}\" has no meaning in a rule", shown(text_[at_]))});
}

}  // namespace loopstall::check
