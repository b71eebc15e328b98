#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "target/find.h"
#include "target/text.h"

namespace loopstall {
namespace {

constexpr std::array<std::string_view, 12> kInterpreters{"python", "pypy", "node", "nodejs", "ruby", "perl",
                                                         "php",    "sh",   "bash", "dash",   "deno", "bun"};
// Options whose value is the next argument; -c, -e and -p carry the program itself, so there is no script.
constexpr std::array<std::string_view, 6> kTakesValue{"-X", "-W", "-r", "--require", "--import", "--loader"};
constexpr std::array<std::string_view, 4> kInlineProgram{"-c", "-e", "-p", "--eval"};

template <std::size_t N>
bool one_of(const std::array<std::string_view, N>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// "python3.11" is python: the version is cut off.
bool is_interpreter(std::string_view program) {
  const auto end = program.find_last_not_of("0123456789.");
  return one_of(kInterpreters, end == program.npos ? program : program.substr(0, end + 1));
}

// What an interpreter runs: "uvicorn" of `python3 /usr/bin/uvicorn app:app` and of `python3 -m uvicorn app:app`.
std::string script_of(const ProcessInfo& process) {
  const auto& argv = process.argv;
  if (argv.empty() || !(is_interpreter(basename_of(argv[0])) || is_interpreter(basename_of(process.exe)))) return "";
  for (std::size_t i = 1; i < argv.size(); ++i) {
    if (one_of(kInlineProgram, argv[i])) return "";
    if (argv[i] == "-m") return i + 1 < argv.size() ? argv[i + 1] : "";
    if (one_of(kTakesValue, argv[i]))
      ++i;
    else if (!argv[i].starts_with('-'))
      return std::string(basename_of(argv[i]));
  }
  return "";
}

// "nginx" of the title "nginx: worker process".
std::string_view title_of(std::string_view argv0) { return argv0.substr(0, argv0.find(": ")); }

bool answers_to(const ProcessInfo& process, std::string_view name) {
  if (name.find('/') != name.npos) return process.exe == name || (!process.argv.empty() && process.argv[0] == name);
  const auto names = names_of(process);
  return std::find(names.begin(), names.end(), name) != names.end();
}

// loopstall and whoever started it (a shell, sudo, timeout, a script that carries the name) are never meant.
std::set<int> ourselves(const Family& family) {
  auto pids = family.ancestors(::getpid());
  pids.insert(::getpid());
  return pids;
}

bool can_run_a_loop(const ProcessInfo& process) { return !process.kernel_thread && process.state != 'Z'; }

}  // namespace

std::vector<std::string> names_of(const ProcessInfo& process) {
  std::vector<std::string> names{process.comm};
  if (!process.exe.empty()) names.emplace_back(basename_of(process.exe));
  if (!process.argv.empty()) {
    const auto title = title_of(process.argv[0]);
    names.emplace_back(basename_of(title));
  }
  if (auto script = script_of(process); !script.empty()) names.push_back(std::move(script));
  return names;
}

std::string label_of(const ProcessInfo& process) {
  auto script = script_of(process);
  return script.empty() ? process.comm : script;
}

Result<Found> find_by_name(const ProcFs& proc, std::string_view name) {
  const Family family(proc);
  const auto excluded = ourselves(family);
  Found found{{}, {}, std::string(name)};
  for (const auto& [pid, process] : family.processes())
    if (!excluded.contains(pid) && can_run_a_loop(process) && answers_to(process, name))
      found.processes.push_back(process);
  if (found.processes.empty())
    return cannot_measure(
        fmt::format("no process is named \"{}\" (looked at command, executable and script names); "
                    "`ps -ef` lists them, or give a pid or :PORT",
                    name));
  return found;
}

}  // namespace loopstall
