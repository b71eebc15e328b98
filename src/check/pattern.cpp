#include "check/pattern.h"

#include <re2/re2.h>

namespace loopstall::check {
namespace {

RE2::Options options() {
  RE2::Options options(RE2::Quiet);
  options.set_encoding(RE2::Options::EncodingLatin1);  // a name may hold any bytes
  options.set_dot_nl(true);
  options.set_max_mem(1 << 20);
  return options;
}

std::shared_ptr<const RE2> compile(const std::string& expression) {
  return std::make_shared<const RE2>(expression, options());
}

std::string expression_of(std::string_view glob) {
  std::string expression;
  for (const char c : glob) {
    if (c == '*')
      expression += ".*";
    else if (c == '?')
      expression += '.';
    else
      expression += RE2::QuoteMeta(std::string(1, c));
  }
  return expression;
}

}  // namespace

Pattern Pattern::glob(std::string_view text) { return {std::string(text), true, compile(expression_of(text))}; }

tl::expected<Pattern, std::string> Pattern::regex(std::string_view expression) {
  auto compiled = compile(std::string(expression));
  if (!compiled->ok()) return tl::unexpected(compiled->error());
  return Pattern("/" + std::string(expression) + "/", false, std::move(compiled));
}

bool Pattern::matches(std::string_view name) const {
  const re2::StringPiece text(name.data(), name.size());
  return whole_ ? RE2::FullMatch(text, *compiled_) : RE2::PartialMatch(text, *compiled_);
}

}  // namespace loopstall::check
