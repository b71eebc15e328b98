#include "causes/path.h"

#include <fmt/format.h>

#include "target/text.h"

namespace loopstall {
namespace {

constexpr std::size_t kMountInfoLimit = 4 * 1024 * 1024;
constexpr std::string_view kDeleted = " (deleted)";

// "ino:\t123" of a text like fdinfo's.
std::optional<std::uint64_t> field(std::string_view text, std::string_view key) {
  for (const auto line : split_at(text, '\n')) {
    const auto words = split_words(line);
    if (words.size() == 2 && words[0] == key) return parse_number<std::uint64_t>(words[1]);
  }
  return std::nullopt;
}

// "8:1" as the kernel's dev_t.
std::optional<std::uint32_t> device(std::string_view text) {
  const auto parts = split_at(text, ':');
  if (parts.size() != 2) return std::nullopt;
  const auto major = parse_number<std::uint32_t>(parts[0]), minor = parse_number<std::uint32_t>(parts[1]);
  return major && minor ? std::optional(*major << 20 | *minor) : std::nullopt;
}

// Lines of mountinfo: "ID PARENT MAJOR:MINOR ROOT POINT ..."
std::optional<std::uint32_t> device_of_mount(const ProcFs& proc, int pid, std::uint64_t mount) {
  const auto mounts = read_text(proc.path(pid, "mountinfo"), kMountInfoLimit).value_or("");
  for (const auto line : split_at(mounts, '\n')) {
    const auto words = split_words(line);
    if (words.size() > 3 && parse_number<std::uint64_t>(words[0]) == mount) return device(words[2]);
  }
  return std::nullopt;
}

bool is_same_file(const ProcFs& proc, int pid, int fd, const RawObject& object) {
  const auto info = read_text(proc.path(pid, fmt::format("fdinfo/{}", fd))).value_or("");
  const auto inode = field(info, "ino:"), mount = field(info, "mnt_id:");
  return inode && mount && *inode == object.inode && device_of_mount(proc, pid, *mount) == object.device;
}

}  // namespace

std::optional<std::string> complete_path(const ProcFs& proc, int pid, int fd, const RawObject& object) {
  if (object.names.empty() || !is_same_file(proc, pid, fd, object)) return std::nullopt;
  auto path = read_link(proc.path(pid, fmt::format("fd/{}", fd)));
  if (path.ends_with(kDeleted)) path.resize(path.size() - kDeleted.size());
  const auto name = basename_of(path);
  // The kernel side cuts long names.
  if (!path.starts_with('/') || object.names.front().empty() || !name.starts_with(object.names.front()))
    return std::nullopt;
  return path;
}

}  // namespace loopstall
