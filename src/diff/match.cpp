#include "diff/match.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/path.h"

namespace loopstall {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "Thread-7" and "Thread-12" do the same work.
std::string without_digits(std::string text) {
  std::erase_if(text, is_digit);
  return text;
}

// "CPython 3.11.2, uvloop" -> "CPython, uvloop"
std::string without_versions(const std::string& runtime) {
  std::string text;
  for (std::size_t i = 0; i < runtime.size(); ++i) {
    if (runtime[i] == ' ' && i + 1 < runtime.size() && is_digit(runtime[i + 1])) i = runtime.find_first_of(", ", i + 1);
    if (i >= runtime.size()) break;
    text += runtime[i];
  }
  return text;
}

using LoopKey = std::tuple<std::string, std::string, bool>;

LoopKey key_of(const LoopGroup& g) { return {g.comm, g.runtime, g.main}; }

std::vector<LoopGroup> groups_of(const Summary& summary) {
  std::map<LoopKey, LoopGroup> groups;
  for (std::size_t i = 0; i < summary.loops.size(); ++i) {
    const Loop& loop = summary.loops[i].loop;
    LoopGroup group{loop.comm, without_digits(loop.comm), without_versions(loop.runtime), loop.pid == loop.tid, {}};
    groups.try_emplace(key_of(group), group).first->second.loops.push_back(i);
  }
  std::vector<LoopGroup> list;
  for (auto& [key, group] : groups) list.push_back(std::move(group));
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.loops[0] < b.loops[0]; });
  return list;
}

// Takes out of both lists what is the same by `key`, where there is but one on each side.
template <class Key>
void pair_up(std::vector<LoopGroup>& before, std::vector<LoopGroup>& after, std::vector<LoopPair>& pairs,
             const std::string& how, Key key) {
  for (std::size_t i = 0; i < before.size();) {
    const auto same = [&](const LoopGroup& g) { return key(g) == key(before[i]); };
    const auto found = std::find_if(after.begin(), after.end(), same);
    const bool only =
        std::count_if(before.begin(), before.end(), same) == 1 && std::count_if(after.begin(), after.end(), same) == 1;
    if (!only) {
      ++i;
      continue;
    }
    pairs.push_back({before[i], *found, how});
    after.erase(found);
    before.erase(before.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

using TaskKey = std::tuple<TaskKind, std::string, std::string, std::string, std::string>;

TaskKey key_of(const TaskSummary& t) {
  return {t.task.kind, t.task.source.name, t.task.source.file, t.handler.name, t.handler.file};
}

TaskKey without_folders(const TaskKey& key) {
  const auto& [kind, name, file, handler, handler_file] = key;
  return {kind, name, std::string(basename_of(file)), handler, std::string(basename_of(handler_file))};
}

using Tasks = std::map<TaskKey, TaskRows>;

void take_rows(Tasks& tasks, const LoopGroup& group, const Summary& summary,
               std::vector<const TaskSummary*> TaskRows::*side) {
  for (const TaskSummary& row : summary.tasks) {
    const bool is_its = std::find(group.loops.begin(), group.loops.end(), row.loop) != group.loops.end();
    if (is_its) (tasks[key_of(row)].*side).push_back(&row);
  }
}

struct Halves {
  std::vector<TaskKey> before, after;  // tasks that one session alone has
};

// A deployment may have moved to another folder.
void join_moved(Tasks& tasks) {
  std::map<TaskKey, Halves> halves;
  for (const auto& [key, rows] : tasks) {
    if (rows.after.empty()) halves[without_folders(key)].before.push_back(key);
    if (rows.before.empty()) halves[without_folders(key)].after.push_back(key);
  }
  for (const auto& [name, half] : halves) {
    if (half.before.size() != 1 || half.after.size() != 1) continue;
    tasks[half.after[0]].before = tasks[half.before[0]].before;
    tasks.erase(half.before[0]);
  }
}

}  // namespace

std::vector<LoopPair> match_loops(const Summary& before, const Summary& after) {
  std::vector<LoopGroup> left = groups_of(before), right = groups_of(after);
  std::vector<LoopPair> pairs;
  pair_up(left, right, pairs, "", [](const LoopGroup& g) { return key_of(g); });
  pair_up(left, right, pairs, "by runtime and role; the thread's name differs",
          [](const LoopGroup& g) { return std::pair(g.runtime, g.main); });
  pair_up(left, right, pairs, "as the only loops left, of another runtime or role",
          [](const LoopGroup&) { return true; });
  for (const LoopGroup& group : left) pairs.push_back({group, {}, ""});
  for (const LoopGroup& group : right) pairs.push_back({{}, group, ""});
  return pairs;
}

std::vector<TaskRows> match_tasks(const LoopPair& pair, const Summary& before, const Summary& after) {
  Tasks tasks;
  take_rows(tasks, pair.before, before, &TaskRows::before);
  take_rows(tasks, pair.after, after, &TaskRows::after);
  join_moved(tasks);
  std::vector<TaskRows> list;
  for (auto& [key, rows] : tasks) list.push_back(std::move(rows));
  return list;
}

}  // namespace loopstall
