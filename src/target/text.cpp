#include "target/text.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>

#include "base/fd.h"

namespace loopstall {

std::optional<std::string> read_text(const std::string& path, std::size_t limit) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) return std::nullopt;
  std::string text;
  std::array<char, 4096> buffer;
  while (text.size() < limit) {
    const ssize_t n = ::read(fd.get(), buffer.data(), std::min(buffer.size(), limit - text.size()));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::nullopt;
    if (n == 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(n));
  }
  return text;
}

std::vector<int> list_numbers(const std::string& path) {
  std::vector<int> numbers;
  DIR* dir = ::opendir(path.c_str());
  if (dir == nullptr) return numbers;
  while (const dirent* entry = ::readdir(dir))
    if (const auto number = parse_number<int>(entry->d_name)) numbers.push_back(*number);
  ::closedir(dir);
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::string read_link(const std::string& path) {
  std::array<char, PATH_MAX> buffer;
  const ssize_t n = ::readlink(path.c_str(), buffer.data(), buffer.size());
  return n > 0 ? std::string(buffer.data(), static_cast<std::size_t>(n)) : std::string();
}

std::vector<std::string_view> split_words(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\n";
  std::vector<std::string_view> words;
  for (auto start = text.find_first_not_of(kBlanks); start != text.npos;) {
    const auto end = std::min(text.find_first_of(kBlanks, start), text.size());
    words.push_back(text.substr(start, end - start));
    start = text.find_first_not_of(kBlanks, end);
  }
  return words;
}

std::vector<std::string_view> split_at(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::optional<std::uint64_t> parse_hex(std::string_view text) {
  if (text.substr(0, 2) != "0x") return std::nullopt;
  return parse_number<std::uint64_t>(text.substr(2), 16);
}

}  // namespace loopstall
