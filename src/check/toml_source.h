// The text of a budget file, to say where in it something is wrong.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace loopstall::check {

// From 1; a column is a character, not a byte.
struct Place {
  std::uint32_t line = 1, column = 1;
};

class TomlSource {
 public:
  TomlSource(std::string_view text, std::string name) : text_(text), name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  // "NAME:LINE:COLUMN: message", and under it the line with a mark.
  tl::unexpected<Error> mistake(Place at, const std::string& message) const;
  // Where the byte `offset` of a string's value is; the string's own beginning where escapes or several lines hide
  // that.
  Place inside(Place string, std::string_view value, std::size_t offset) const;

 private:
  std::string_view line(std::uint32_t number) const;
  std::string_view text_;
  std::string name_;
};

// The column of the byte `offset`.
std::uint32_t column_of(std::string_view text, std::size_t offset);
// A copy of the line with a mark under the character `column`; for people.
std::string marked(std::string_view line, std::uint32_t column);

}  // namespace loopstall::check
