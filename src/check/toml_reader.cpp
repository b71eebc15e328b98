#include "check/toml_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "check/nearest.h"

namespace loopstall::check {

std::string_view type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
    case toml::node_type::floating_point:
      return "a number";
    case toml::node_type::boolean:
      return "true or false";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::table:
      return "a table";
    default:
      return "a date or time";
  }
}

Result<> TomlReader::only(const toml::table& table, Keys keys, std::string_view what) const {
  for (const auto& [key, value] : table)
    if (std::find(keys.begin(), keys.end(), key.str()) == keys.end())
      return source_.mistake(place_of(key.source()), no_such(what, key.str(), keys));
  return {};
}

tl::unexpected<Error> TomlReader::wrong(const toml::node& node, const std::string& message) const {
  return source_.mistake(place_of(node), message);
}

Result<std::string> TomlReader::text(const toml::node& node, std::string_view what) const {
  const auto* const text = node.as_string();
  if (!text) return wrong(node, fmt::format("{} is a text in quotes, not {}", what, type_name(node)));
  return text->get();
}

Result<std::optional<std::string>> TomlReader::maybe_text(const toml::table& table, std::string_view key) const {
  const toml::node* node = table.get(key);
  if (!node) return std::optional<std::string>();
  return text(*node, key).map([](std::string value) { return std::optional(std::move(value)); });
}

Result<std::optional<std::size_t>> TomlReader::word(const toml::table& table, std::string_view key, Keys words) const {
  const auto value = maybe_text(table, key);
  if (!value) return tl::unexpected(value.error());
  if (!*value) return std::optional<std::size_t>();
  const auto found = std::find(words.begin(), words.end(), **value);
  if (found == words.end()) return wrong(*table.get(key), no_such(key, **value, words));
  return std::optional(static_cast<std::size_t>(found - words.begin()));
}

Result<std::optional<std::uint64_t>> TomlReader::duration(const toml::table& table, std::string_view key) const {
  const auto value = maybe_text(table, key);
  if (!value) return tl::unexpected(value.error());
  if (!*value) return std::optional<std::uint64_t>();
  const auto ns = parse_duration(**value);
  if (!ns) return wrong(*table.get(key), ns.error().message);
  return std::optional(*ns);
}

}  // namespace loopstall::check
