#include "target/target.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "target/find.h"

namespace loopstall {
namespace {

constexpr std::size_t kLabelWidth = 24;  // leaves room for pids and counts in 60 columns

bool all_digits(std::string_view text) { return text.find_first_not_of("0123456789") == text.npos; }

Result<Found> find(const ProcFs& proc, std::string_view name) {
  if (name.empty()) return usage_error("empty target: give a pid, a process name or :PORT");
  if (name[0] == ':') return find_by_port(proc, name.substr(1));
  if (name[0] == '-') return usage_error(fmt::format("\"{}\" is no target: give a pid, a process name or :PORT", name));
  return all_digits(name) ? find_by_pid(proc, name) : find_by_name(proc, name);
}

class Collector {
 public:
  void add(std::vector<ProcessInfo> processes) {
    for (auto& process : processes)
      if (seen_.insert(process.pid).second) set_.processes.push_back(std::move(process));
  }
  void add_spawners(const std::vector<ProcessInfo>& spawners) {
    set_.spawners.insert(set_.spawners.end(), spawners.begin(), spawners.end());
  }
  TargetSet finish(std::string description) {
    // A spawner that was also named by its pid is a target like any other.
    std::erase_if(set_.spawners, [this](const ProcessInfo& s) { return seen_.contains(s.pid); });
    set_.description = std::move(description);
    return std::move(set_);
  }
  const std::vector<ProcessInfo>& processes() const { return set_.processes; }

 private:
  TargetSet set_;
  std::set<int> seen_;
};

// If a target has started us (a shell, pid 1), neither we nor what we start belong to it.
std::vector<ProcessInfo> descendants_but_ours(const ProcFs& proc, int pid) {
  auto found = descendants(proc, pid);
  const auto is = [](int wanted) { return [wanted](const ProcessInfo& process) { return process.pid == wanted; }; };
  if (std::none_of(found.begin(), found.end(), is(::getpid()))) return found;
  std::erase_if(found, is(::getpid()));
  for (const auto& own : descendants(proc, ::getpid())) std::erase_if(found, is(own.pid));
  return found;
}

// comm and argv are the target's to choose: nothing of them may reach a terminal as a control sequence.
std::string printable(std::string label) {
  for (char& c : label)
    if (c < 0x20 || c > 0x7e) c = '?';
  if (label.size() > kLabelWidth) label = label.substr(0, kLabelWidth - 2) + "..";
  return label;
}

// At most 60 columns, so the first pid gives way to the children.
std::string describe(const std::string& label, int first_pid, std::size_t named, std::size_t children) {
  auto text = printable(label);
  text += named > 1 ? fmt::format(" ({} processes", named) : fmt::format(" (pid {}", first_pid);
  if (named > 1 && children == 0) text += fmt::format(", first pid {}", first_pid);
  if (children == 1) text += " and 1 child";
  if (children > 1) text += fmt::format(" and {} children", children);
  return text + ")";
}

std::string join_labels(const std::vector<std::string>& labels) {
  return labels.size() == 1 ? labels[0]
                            : fmt::format("{} and {} more", printable(labels[0]).substr(0, 12), labels.size() - 1);
}

}  // namespace

Result<TargetSet> resolve_targets(const ProcFs& proc, const std::vector<std::string>& names, bool follow) {
  if (names.empty()) return usage_error("no target: give a pid, a process name or :PORT");
  Collector collector;
  std::vector<std::string> labels;
  for (const auto& name : names) {
    auto found = find(proc, name);
    if (!found) return tl::make_unexpected(std::move(found.error()));
    collector.add(std::move(found->processes));
    collector.add_spawners(found->spawners);
    labels.push_back(std::move(found->label));
  }
  const std::size_t named = collector.processes().size();
  if (follow)
    for (const auto& process : std::vector(collector.processes()))
      collector.add(descendants_but_ours(proc, process.pid));
  const auto& all = collector.processes();
  return collector.finish(describe(join_labels(labels), all.front().pid, named, all.size() - named));
}

}  // namespace loopstall
