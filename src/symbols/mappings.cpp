#include "symbols/mappings.h"

#include <sys/sysmacros.h>

#include <fstream>

#include "target/text.h"

namespace loopstall {
namespace {

constexpr std::size_t kMaxLines = 200'000;  // three times the kernel's default vm.max_map_count
constexpr std::size_t kMaxKept = 20'000;
constexpr std::string_view kDeleted = " (deleted)";

// The kernel writes a newline in a path as \012, and nothing else in another form.
std::string unescape_path(std::string_view path) {
  std::string result(path);
  for (auto at = result.find("\\012"); at != result.npos; at = result.find("\\012", at + 1))
    result.replace(at, 4, "\n");
  return result;
}

std::optional<std::uint64_t> parse_device(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == text.npos) return std::nullopt;
  const auto major = parse_number<unsigned>(text.substr(0, colon), 16);
  const auto minor = parse_number<unsigned>(text.substr(colon + 1), 16);
  return major && minor ? std::optional<std::uint64_t>(makedev(*major, *minor)) : std::nullopt;
}

// The sixth field, which may hold blanks.
std::string_view path_field(std::string_view line, std::string_view inode) {
  const auto rest = line.substr(static_cast<std::size_t>(inode.data() + inode.size() - line.data()));
  const auto begin = rest.find_first_not_of(' ');
  return begin == rest.npos ? std::string_view() : rest.substr(begin);
}

bool wanted(const Mapping& mapping) { return mapping.executable || (mapping.inode != 0 && mapping.offset == 0); }

}  // namespace

// "START-END PERM OFFSET MAJOR:MINOR INODE      PATH", proc(5)
std::optional<Mapping> parse_mapping(std::string_view line) {
  const auto words = split_words(line);
  if (words.size() < 5 || words[1].size() < 4) return std::nullopt;
  const auto dash = words[0].find('-');
  if (dash == words[0].npos) return std::nullopt;
  const auto begin = parse_number<std::uint64_t>(words[0].substr(0, dash), 16);
  const auto end = parse_number<std::uint64_t>(words[0].substr(dash + 1), 16);
  const auto offset = parse_number<std::uint64_t>(words[2], 16);
  const auto device = parse_device(words[3]);
  const auto inode = parse_number<std::uint64_t>(words[4]);
  if (!begin || !end || !offset || !device || !inode) return std::nullopt;
  Mapping mapping{*begin, *end, *offset, *device, *inode, words[1][2] == 'x', false, ""};
  auto path = path_field(line, words[4]);
  mapping.deleted = path.ends_with(kDeleted);
  if (mapping.deleted) path.remove_suffix(kDeleted.size());
  mapping.path = unescape_path(path);
  return mapping;
}

std::vector<Mapping> read_mappings(const ProcFs& proc, int pid) {
  std::vector<Mapping> mappings;
  std::ifstream maps(proc.path(pid, "maps"));
  std::size_t left = kMaxLines;
  for (std::string line; left > 0 && mappings.size() < kMaxKept && std::getline(maps, line); --left) {
    auto mapping = parse_mapping(line);
    if (mapping && wanted(*mapping)) mappings.push_back(std::move(*mapping));
  }
  return mappings;
}

}  // namespace loopstall
