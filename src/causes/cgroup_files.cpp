// cgroups(7). /proc/PID/cgroup has a line per hierarchy, "ID:CONTROLLERS:PATH" with the path as seen from our cgroup
// namespace; v2's is "0::PATH". A mount may show a part of the hierarchy only: its root is field 4 of mountinfo.
#include "causes/cgroup_files.h"

#include <algorithm>
#include <optional>

#include "target/text.h"

namespace loopstall {
namespace {

struct Membership {
  bool v2 = false;
  std::string path;
};

bool lists(std::string_view comma_separated, std::string_view word) {
  const auto words = split_at(comma_separated, ',');
  return std::find(words.begin(), words.end(), word) != words.end();
}

// A path may hold colons: it is all behind the second one.
std::optional<Membership> membership(std::string_view line) {
  const auto first = line.find(':'), second = line.find(':', first + 1);
  if (first == line.npos || second == line.npos) return std::nullopt;
  const auto controllers = line.substr(first + 1, second - first - 1);
  const bool v2 = line.starts_with("0::");
  if (!v2 && !lists(controllers, "cpu")) return std::nullopt;
  return Membership{v2, std::string(line.substr(second + 1))};
}

std::optional<Membership> cpu_cgroup(const ProcFs& proc, int pid) {
  std::optional<Membership> found;
  const auto text = read_text(proc.path(pid, "cgroup")).value_or("");
  for (const auto line : split_at(text, '\n'))
    if (auto member = membership(line); member && (!found || found->v2)) found = std::move(member);
  return found;
}

struct Mount {
  std::string root, point;
};

// "ID PARENT DEVICE ROOT POINT OPTIONS [TAGS] - TYPE SOURCE SUPEROPTIONS"
std::optional<Mount> cgroup_mount(std::string_view line, bool v2) {
  const auto words = split_words(line);
  const auto dash = std::find(words.begin(), words.end(), "-");
  if (words.size() < 6 || words.end() - dash < 4) return std::nullopt;
  const bool fits = v2 ? dash[1] == "cgroup2" : dash[1] == "cgroup" && lists(dash[3], "cpu");
  return fits ? std::optional(Mount{std::string(words[3]), std::string(words[4])}) : std::nullopt;
}

std::optional<Mount> cgroup_mount(const ProcFs& proc, bool v2) {
  const auto text = read_text(proc.root() + "/self/mountinfo", 4 * 1024 * 1024).value_or("");
  for (const auto line : split_at(text, '\n'))
    if (auto mount = cgroup_mount(line, v2)) return mount;
  return std::nullopt;
}

// The path below the mount's root; nullopt if it lies outside.
std::optional<std::string> below(std::string_view path, std::string_view root) {
  if (root == "/") root = "";
  if (!path.starts_with(root) || path.starts_with("/..")) return std::nullopt;
  path.remove_prefix(root.size());
  if (!path.empty() && path.front() != '/') return std::nullopt;
  return std::string(path == "/" ? "" : path);
}

}  // namespace

std::vector<std::string> cpu_stat_files(const ProcFs& proc, int pid) {
  const auto member = cpu_cgroup(proc, pid);
  const auto mount = member ? cgroup_mount(proc, member->v2) : std::nullopt;
  auto path = mount ? below(member->path, mount->root) : std::nullopt;
  std::vector<std::string> files;
  for (; path; path = path->empty() ? std::nullopt : std::optional(path->substr(0, path->rfind('/'))))
    files.push_back(mount->point + *path + "/cpu.stat");
  return files;
}

}  // namespace loopstall
