#include "session/stall_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "catch.h"

using namespace loopstall;

namespace {

// A folder for what the commands write, gone again afterwards.
struct Folder {
  Folder() { REQUIRE(mkdtemp(path.data())); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file(const std::string& name) const { return path + "/" + name; }
  std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(file(name)).rdbuf();
    return text.str();
  }
  // Waits until the command has written it.
  std::string wait_for(const std::string& name) const {
    for (int i = 0; i < 500 && read(name).empty(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return read(name);
  }
  std::string path = "/tmp/loopstall-test-XXXXXX";
};

Stall a_stall() {
  Stall stall{LoopId{0}, 42, 43, 1, 1000, 812'345'678};
  Evidence evidence;
  evidence.causes = {{{CauseKind::Socket, "recvfrom", "tcp 10.0.0.5:5432"}, 800'000'000}};
  evidence.culprit.handler.function = "handle";
  evidence.culprit.frame.function = "load\nreport";
  evidence.culprit.frame.file = "/srv/app.py";
  evidence.culprit.frame.line = 88;
  stall.evidence = evidence;
  return stall;
}

}  // namespace

TEST_CASE("a command is told what happened") {
  CHECK(stall_environment(a_stall()) ==
        std::vector<std::string>{"LOOPSTALL_PID=42", "LOOPSTALL_TID=43", "LOOPSTALL_STALL_NS=812345678",
                                 "LOOPSTALL_STALL_MS=812", "LOOPSTALL_CULPRIT=load?report",
                                 "LOOPSTALL_FILE=/srv/app.py", "LOOPSTALL_LINE=88",
                                 "LOOPSTALL_CAUSE=socket recvfrom tcp 10.0.0.5:5432"});
}

TEST_CASE("what is not known is empty") {
  const auto words = stall_environment(Stall{LoopId{0}, 42, 43});
  CHECK(words.at(4) == "LOOPSTALL_CULPRIT=");
  CHECK(words.at(6) == "LOOPSTALL_LINE=");
  CHECK(words.at(7) == "LOOPSTALL_CAUSE=");
}

TEST_CASE("the command runs in a session of its own with the stall in its environment") {
  const Folder folder;
  auto command = StallCommand::start(
      "cd " + folder.path +
      "; echo $LOOPSTALL_PID $LOOPSTALL_STALL_MS \"$LOOPSTALL_CULPRIT\" $(ps -o sid= $$) > part && mv part out");
  REQUIRE(command);
  command->on_stall(a_stall());
  std::istringstream out(folder.wait_for("out"));
  std::string pid, ms, culprit;
  int session = 0;
  out >> pid >> ms >> culprit >> session;
  CHECK(pid == "42");
  CHECK(ms == "812");
  CHECK(culprit == "load?report");
  CHECK(session > 0);
  CHECK(session != getsid(0));
  CHECK(command->skipped() == 0);
}

TEST_CASE("it is counted how often the command failed, and how it did last") {
  auto command = StallCommand::start("exit 3");
  REQUIRE(command);
  command->on_stall(a_stall());
  for (int i = 0; i < 500 && !command->failures().count; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK(command->failures().count == 1);
  CHECK(command->failures().last_status == 3);
  CHECK(command->runs() == 1);
}

TEST_CASE("it has no descriptor of ours but standard error, and nothing to read") {
  const Folder folder;
  const Fd ours(dup(2));  // not close-on-exec
  auto command = StallCommand::start("cat; cd " + folder.path + "; ls -l /proc/$$/fd > part && mv part out");
  REQUIRE(command);
  command->on_stall(a_stall());
  const std::string fds = folder.wait_for("out");
  CHECK(fds.find(" 0 -> /dev/null") != std::string::npos);
  CHECK(fds.find(fmt::format(" {} -> ", ours.get())) == std::string::npos);
}

TEST_CASE("at most one runs at a time, and one a second; what is skipped is counted") {
  const Folder folder;
  {
    auto command = StallCommand::start("echo ran >> " + folder.file("out") + "; sleep 1.3");
    REQUIRE(command);
    for (int i = 0; i < 5; ++i) command->on_stall(a_stall());
    CHECK(command->skipped() == 4);
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));
    command->on_stall(a_stall());  // it still runs
    CHECK(command->skipped() == 5);
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    command->on_stall(a_stall());
    CHECK(command->skipped() == 5);
  }  // waits for its end
  CHECK(folder.read("out") == "ran\nran\n");
}

TEST_CASE("a command that does not end is ended with its children") {
  const Folder folder;
  {
    auto command = StallCommand::start("sleep 100 & echo $! > " + folder.file("out") + "; wait");
    REQUIRE(command);
    command->on_stall(a_stall());
    folder.wait_for("out");
  }
  const int pid = std::stoi(folder.read("out"));
  for (int i = 0; i < 200 && kill(pid, 0) == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK(kill(pid, 0) == -1);
}
