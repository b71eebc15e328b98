// Values out of a TOML document, or what is wrong with them and where. The only header that sees toml++: as a library
// it is built with exceptions, and nothing may throw across this room's walls.
#pragma once

#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "check/toml_source.h"

namespace loopstall::check {

using Keys = std::span<const std::string_view>;

std::string_view type_name(const toml::node& node);  // "a text", "a list", for messages
inline Place place_of(const toml::source_region& region) { return {region.begin.line, region.begin.column}; }
inline Place place_of(const toml::node& node) { return place_of(node.source()); }

class TomlReader {
 public:
  explicit TomlReader(TomlSource source) : source_(std::move(source)) {}

 protected:
  // The table has no other keys.
  Result<> only(const toml::table& table, Keys keys, std::string_view what) const;
  tl::unexpected<Error> wrong(const toml::node& node, const std::string& message) const;
  Result<std::string> text(const toml::node& node, std::string_view what) const;
  // Nothing where the table has no such key.
  Result<std::optional<std::string>> maybe_text(const toml::table& table, std::string_view key) const;
  Result<std::optional<std::uint64_t>> duration(const toml::table& table, std::string_view key) const;
  // The word's number in the list of words.
  Result<std::optional<std::size_t>> word(const toml::table& table, std::string_view key, Keys words) const;

  TomlSource source_;
};

}  // namespace loopstall::check
