// Detection on real runtimes, where this machine has them.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

#include "base/clock.h"
#include "base/units.h"
#include "catch.h"
#include "runtimes/runtime.h"
#include "target/text.h"

using namespace loopstall;

namespace {

// A started program; pid() is 0 if it is not installed.
class Program {
 public:
  explicit Program(std::vector<std::string> argv) {
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    for (const int fd : {1, 2}) ::posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_WRONLY, 0);
    std::vector<char*> pointers;
    for (auto& arg : argv) pointers.push_back(arg.data());
    pointers.push_back(nullptr);
    if (::posix_spawnp(&pid_, pointers[0], &actions, nullptr, pointers.data(), environ) != 0) pid_ = 0;
    ::posix_spawn_file_actions_destroy(&actions);
  }
  ~Program() {
    if (pid_ == 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  int pid() const { return pid_; }

  // A wrapper script may stand before the program, and libraries are mapped one by one: look until it shows.
  Runtime settled(std::string_view expected) const {
    Runtime runtime;
    for (int i = 0; i < 200; ++i, ::usleep(50'000)) {
      const auto info = ProcFs().process(pid_);
      if (!info) break;
      runtime = detect_runtime(ProcFs(), *info);
      if (runtime.name.starts_with(expected)) break;
    }
    return runtime;
  }

 private:
  pid_t pid_ = 0;
};

// What a command prints, without the newline.
std::string output_of(const std::string& command) {
  FILE* pipe = ::popen((command + " 2>/dev/null").c_str(), "r");
  char line[256] = "";
  if (pipe == nullptr || std::fgets(line, sizeof line, pipe) == nullptr) line[0] = '\0';
  if (pipe != nullptr) ::pclose(pipe);
  const std::string text(line);
  return text.substr(0, text.find('\n'));
}

}  // namespace

TEST_CASE("the python3 on the path") {
  const auto version = output_of("python3 -c 'import platform; print(platform.python_version())'");
  if (version.empty()) {
    WARN("skipped: no python3");
    return;
  }
  const Program program({"python3", "-c", "import asyncio; asyncio.run(asyncio.sleep(60))"});
  const auto minor = parse_number<int>(version.substr(2, version.find('.', 2) - 2)).value_or(0);
  // From 3.11 on the interpreter itself says all of it, as soon as its data are mapped.
  const auto expected = "CPython " + (minor >= 11 ? version : version.substr(0, version.find('.', 2)));
  const auto runtime = program.settled(expected);
  CHECK(runtime.name.starts_with(expected));
  CHECK_FALSE(runtime.traits.zero_then_blocking_is_one_wait);
}

TEST_CASE("the node on the path") {
  const auto version = output_of("node --version");
  if (version.empty()) {
    WARN("skipped: no node");
    return;
  }
  const Program program({"node", "-e", "setInterval(() => {}, 1000)"});
  const auto runtime = program.settled("Node.js ");  // with a version: before libnode is mapped there is none
  // Debian's libnode tells its major version only.
  const auto major = version.substr(1, version.find('.') - 1);
  CHECK((runtime.name == "Node.js " + version.substr(1) || runtime.name == "Node.js " + major));
  CHECK(runtime.traits.zero_then_blocking_is_one_wait);
}

TEST_CASE("detection is quick") {
  const Program program({"node", "-e", "setInterval(() => {}, 1000)"});
  if (program.pid() == 0) {
    WARN("skipped: no node");
    return;
  }
  program.settled("Node.js");
  const auto info = ProcFs().process(program.pid());
  REQUIRE(info);
  std::uint64_t best = ~0ULL;
  for (int i = 0; i < 10; ++i) {
    const auto start = monotonic_ns();
    detect_runtime(ProcFs(), *info);
    best = std::min(best, monotonic_ns() - start);
  }
  CHECK(best < 20 * kMillisecond);
}
