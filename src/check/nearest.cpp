#include "check/nearest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace loopstall::check {
namespace {

constexpr std::size_t kEdits = 2, kLongest = 40;

// Levenshtein's distance, row by row.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> names) {
  std::string_view best;
  std::size_t least = kEdits + 1;
  if (word.size() > kLongest) return best;
  for (const std::string_view name : names)
    if (const std::size_t edits = distance(word, name); edits < std::min(least, name.size())) {
      best = name;
      least = edits;
    }
  return best;
}

std::string list_of(std::span<const std::string_view> names) { return fmt::format("{}", fmt::join(names, ", ")); }

std::string no_such(std::string_view what, std::string_view word, std::span<const std::string_view> names) {
  const std::string_view meant = nearest(word, names);
  if (!meant.empty()) return fmt::format("no {} \"{}\"; did you mean \"{}\"?", what, word, meant);
  return fmt::format("no {} \"{}\"; there are: {}", what, word, list_of(names));
}

}  // namespace loopstall::check
