// What a name must be: a text in which * and ? stand for others ("load_*"), or a regular expression that is searched
// for (/^load_/). RE2 takes time linear in the name's length, whatever the expression is: names are the target's.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace re2 {
class RE2;
}

namespace loopstall::check {

class Pattern {
 public:
  static Pattern glob(std::string_view text);
  static tl::expected<Pattern, std::string> regex(std::string_view expression);  // or what is wrong with it

  bool matches(std::string_view name) const;
  const std::string& text() const { return text_; }  // as it was written
  bool is_word(std::string_view word) const { return whole_ && text_ == word; }

 private:
  Pattern(std::string text, bool whole, std::shared_ptr<const re2::RE2> compiled)
      : text_(std::move(text)), whole_(whole), compiled_(std::move(compiled)) {}
  std::string text_;
  bool whole_;
  std::shared_ptr<const re2::RE2> compiled_;
};

}  // namespace loopstall::check
