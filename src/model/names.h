// Enumerators by name: a table of names in the order of the enumerators' numbers.
#pragma once

#include <array>
#include <string_view>

namespace loopstall {

// A number that the table does not hold has the first name.
template <class Enum, std::size_t N>
std::string_view name_in(const std::array<std::string_view, N>& names, Enum value) {
  const auto i = static_cast<std::size_t>(value);
  return i < N ? names[i] : names[0];
}

// A name that no table holds (a damaged or later recording) is `otherwise`: the least claim.
template <class Enum, std::size_t N>
Enum from_name(const std::array<std::string_view, N>& names, std::string_view name, Enum otherwise = Enum{}) {
  for (std::size_t i = 0; i < N; ++i)
    if (names[i] == name) return static_cast<Enum>(i);
  return otherwise;
}

}  // namespace loopstall
