#include "symbols/kernel_symbols.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <numeric>

#include "target/text.h"

namespace loopstall {
namespace {

constexpr std::size_t kMaxSymbols = 600'000;
// The last symbol of all has no next one to end it.
constexpr std::uint64_t kMaxFunction = 1 << 20;

}  // namespace

bool KernelSymbols::available() {
  if (!loaded_) load();
  return !addresses_.empty();
}

void KernelSymbols::load() {
  loaded_ = true;
  std::ifstream file(path_);
  for (std::string line; addresses_.size() < kMaxSymbols && std::getline(file, line);) add_line(line);
  sort();
  text_.shrink_to_fit();
}

// "ffffffff81000000 T _text" or "ffffffffc0000000 t name	[module]"
void KernelSymbols::add_line(std::string_view line) {
  const auto words = split_words(line.substr(0, line.find('\t')));
  if (words.size() != 3 || std::string_view("tTwW").find(words[1]) == std::string_view::npos) return;
  const auto address = parse_number<std::uint64_t>(words[0], 16);
  if (!address || *address == 0) return;
  addresses_.push_back(*address);
  names_.push_back(static_cast<std::uint32_t>(text_.size()));
  text_.append(words[2]).push_back('\0');
}

void KernelSymbols::sort() {
  std::vector<std::uint32_t> order(addresses_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return addresses_[a] < addresses_[b]; });
  std::vector<std::uint64_t> addresses;
  std::vector<std::uint32_t> names;
  addresses.reserve(order.size());
  names.reserve(order.size());
  for (const auto i : order) addresses.push_back(addresses_[i]), names.push_back(names_[i]);
  addresses_.swap(addresses);
  names_.swap(names);
}

Frame KernelSymbols::frame(std::uint64_t pc, bool return_address) {
  if (!loaded_) load();
  const std::uint64_t address = pc - (return_address ? 1 : 0);
  Frame frame{FrameKind::Kernel, FrameRole::Kernel, fmt::format("[kernel]+{:#x}", pc), "", 0, 0, "", false};
  const auto after = std::upper_bound(addresses_.begin(), addresses_.end(), address);
  if (after == addresses_.begin() || address - *std::prev(after) >= kMaxFunction) return frame;
  // Of several names of one address the first is kallsyms' own first.
  const auto first = std::lower_bound(addresses_.begin(), after, *std::prev(after));
  frame.function = text_.c_str() + names_[static_cast<std::size_t>(first - addresses_.begin())];
  return frame;
}

}  // namespace loopstall
