#include <unistd.h>

#include "catch.h"
#include "target/target.h"
#include "unit/target/fake_proc.h"

using namespace loopstall;

namespace {

std::vector<int> pids_of(const std::vector<ProcessInfo>& processes) {
  std::vector<int> pids;
  for (const auto& p : processes) pids.push_back(p.pid);
  return pids;
}

std::vector<int> resolve(const FakeProc& fake, const std::vector<std::string>& names, bool follow = false) {
  const auto set = resolve_targets(fake.proc(), names, follow);
  return set ? pids_of(set->processes) : std::vector<int>{};
}

Error error_of(const FakeProc& fake, const std::string& name) {
  const auto set = resolve_targets(fake.proc(), {name}, true);
  REQUIRE_FALSE(set);
  return set.error();
}

bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// uvicorn 100 with workers 101 and 102, and 103 below 102; a kernel thread, a zombie, a thread id.
void add_family(const FakeProc& fake) {
  fake.process(1, 0, "init", {"/sbin/init"}, "/sbin/init");
  fake.process(2, 0, "kthreadd", {}, "", 'S', 0x208040);
  fake.process(100, 1, "uvicorn", {"/usr/bin/python3", "-X", "dev", "/usr/bin/uvicorn", "a:b"}, "/usr/bin/python3.11");
  fake.process(101, 100, "python3", {"/usr/bin/python3", "-c", "from multiprocessing"}, "/usr/bin/python3.11");
  fake.process(102, 100, "python3", {"/usr/bin/python3", "-c", "from multiprocessing"}, "/usr/bin/python3.11");
  fake.process(103, 102, "helper", {"helper"}, "/opt/helper");
  fake.process(104, 100, "gone", {}, "", 'Z');
  fake.process(105, 1, "worker");
  fake.write("105/status", "Name:\tworker\nTgid:\t100\n");
}

}  // namespace

TEST_CASE("a pid, with and without its descendants") {
  FakeProc fake;
  add_family(fake);
  CHECK(resolve(fake, {"100"}) == std::vector<int>{100});
  CHECK(resolve(fake, {"100"}, true) == std::vector<int>{100, 101, 102, 103});
  CHECK(resolve(fake, {"102", "100"}, true) == std::vector<int>{102, 100, 103, 101});
  CHECK(pids_of(descendants(fake.proc(), 100)) == std::vector<int>{101, 102, 103});
  CHECK(resolve_targets(fake.proc(), {"100"}, true)->description == "uvicorn (pid 100 and 3 children)");
  CHECK(resolve_targets(fake.proc(), {"102"}, true)->description == "python3 (pid 102 and 1 child)");
  CHECK(resolve_targets(fake.proc(), {"102"}, false)->description == "python3 (pid 102)");
}

TEST_CASE("what is not a process says so") {
  FakeProc fake;
  add_family(fake);
  CHECK(error_of(fake, "2").message == "pid 2 (kthreadd) is a kernel thread: it runs no event loop");
  CHECK(mentions(error_of(fake, "999").message, "no such process"));
  CHECK(mentions(error_of(fake, "99999999999").message, "no such process"));
  CHECK(mentions(error_of(fake, "104").message, "zombie"));
  CHECK(mentions(error_of(fake, "105").message, "thread of process 100"));
  for (const char* name : {"2", "999", "104", "105", "nosuch"})
    CHECK(error_of(fake, name).code == ExitCode::CannotMeasure);
}

TEST_CASE("malformed targets are usage errors") {
  FakeProc fake;
  add_family(fake);
  for (const char* name : {"", "-5", "0", ":", ":abc", ":99999", ":0", ":-1", ":80 "})
    CHECK(error_of(fake, name).code == ExitCode::Usage);
  CHECK(resolve_targets(fake.proc(), {}, true).error().code == ExitCode::Usage);
}

TEST_CASE("a name is a command, an executable, argv[0], a title, a script or a module") {
  FakeProc fake;
  add_family(fake);
  fake.process(110, 1, "MainThread", {"node", "--require", "x.js", "/srv/app/server.js"}, "/usr/bin/node");
  fake.process(111, 1, "python3", {"python3", "-m", "hypercorn", "a:b"}, "/usr/bin/python3.11");
  fake.process(112, 1, "nginx", {"nginx: worker process"}, "/usr/sbin/nginx");
  fake.process(113, 1, "gunicorn: worke", {"gunicorn: worker [a:b]"}, "/usr/bin/python3.11");
  fake.process(114, 1, "vi", {"vi", "/usr/bin/uvicorn"}, "/usr/bin/vi");
  CHECK(resolve(fake, {"uvicorn"}) == std::vector<int>{100});
  CHECK(resolve(fake, {"node"}) == std::vector<int>{110});
  CHECK(resolve(fake, {"server.js"}) == std::vector<int>{110});
  CHECK(resolve(fake, {"hypercorn"}) == std::vector<int>{111});
  CHECK(resolve(fake, {"nginx"}) == std::vector<int>{112});
  CHECK(resolve(fake, {"/usr/sbin/nginx"}) == std::vector<int>{112});
  CHECK(resolve(fake, {"gunicorn"}) == std::vector<int>{113});
  CHECK(resolve(fake, {"python3.11"}) == std::vector<int>{100, 101, 102, 111, 113});
  CHECK(resolve(fake, {"gone"}).empty());      // a zombie
  CHECK(resolve(fake, {"kthreadd"}).empty());  // a kernel thread
  CHECK(resolve_targets(fake.proc(), {"python3"}, true)->description == "python3 (4 processes and 1 child)");
}

TEST_CASE("loopstall and its ancestors are never meant by a name") {
  FakeProc fake;
  fake.process(1, 0, "init");
  fake.process(20, 1, "redis", {"bash", "redis"}, "/bin/bash");
  fake.process(::getpid(), 20, "redis", {"redis"}, "/bin/redis");
  CHECK(resolve(fake, {"redis"}).empty());
  fake.process(30, 1, "redis");
  CHECK(resolve(fake, {"redis"}) == std::vector<int>{30});
}

TEST_CASE("loopstall and what it started are no part of the target that started it") {
  FakeProc fake;
  fake.process(20, 1, "bash");
  fake.process(21, 20, "python3");
  fake.process(::getpid(), 20, "loopstall");
  fake.process(::getpid() + 1, ::getpid(), "sh");
  CHECK(resolve(fake, {"20"}, true) == std::vector<int>{20, 21});
  CHECK(resolve(fake, {std::to_string(::getpid() + 1)}, true) == std::vector<int>{::getpid() + 1});
  CHECK(mentions(error_of(fake, std::to_string(::getpid())).message, "loopstall itself"));
}

TEST_CASE("a description is short and printable, whatever the target is called") {
  FakeProc fake;
  fake.process(30, 1, "evil\x1b[2J\n", {std::string(300, 'x')});
  fake.process(31, 1, "b");
  CHECK(resolve_targets(fake.proc(), {"30"}, true)->description == "evil?[2J? (pid 30)");
  for (int pid = 1000000; pid < 1000040; ++pid) fake.process(pid, 30, "c");
  for (const auto& names :
       std::vector<std::vector<std::string>>{{"30"}, {std::string(300, 'x'), "31"}, {"31", "c", "30"}}) {
    const auto set = resolve_targets(fake.proc(), names, true);
    REQUIRE(set);
    CHECK(set->description.size() <= 60);
  }
}

TEST_CASE("a port belongs to those who wait for it") {
  FakeProc fake;
  add_family(fake);
  fake.tcp("self", "tcp", {{8000, "0A", 501}, {8000, "0A", 502}, {9000, "0A", 503}, {8000, "01", 600}});
  fake.tcp("self", "tcp6", {{8001, "0A", 504}});
  for (const int pid : {100, 101, 102}) fake.fd(pid, 3, "socket:[501]");
  fake.epoll(101, 5, {3});
  fake.epoll(102, 5, {3});
  fake.process(120, 1, "other", {"other"});
  fake.fd(120, 9, "socket:[502]");
  fake.fd(103, 4, "socket:[600]");
  fake.fd(120, 10, "socket:[504]");
  const auto set = resolve_targets(fake.proc(), {":8000"}, false);
  REQUIRE(set);
  CHECK(pids_of(set->processes) == std::vector<int>{101, 102, 120});
  CHECK(pids_of(set->spawners) == std::vector<int>{100});
  CHECK(set->description == ":8000 python3 (3 processes, first pid 101)");
  CHECK(resolve(fake, {":8001"}) == std::vector<int>{120});
  // Named itself, the parent is a target as well.
  const auto both = resolve_targets(fake.proc(), {":8000", "100"}, false);
  CHECK(pids_of(both->processes) == std::vector<int>{101, 102, 120, 100});
  CHECK(both->spawners.empty());
}

TEST_CASE("a parent that watches the shared socket serves as well") {
  FakeProc fake;
  fake.tcp("self", "tcp", {{8000, "0A", 501}});
  fake.process(100, 1, "redis-server");
  fake.process(101, 100, "redis-rdb-bgsave");
  for (const int pid : {100, 101}) fake.fd(pid, 6, "socket:[501]");
  fake.epoll(100, 5, {6});
  CHECK(resolve(fake, {":8000"}) == std::vector<int>{100, 101});
}

TEST_CASE("a port without a holder says what to check") {
  FakeProc fake;
  add_family(fake);
  fake.tcp("self", "tcp", {{8000, "0A", 501}});
  CHECK(mentions(error_of(fake, ":8000").message, "no process in this pid namespace"));
  CHECK(mentions(error_of(fake, ":8001").message, "nobody listens on TCP port 8001"));
  CHECK(mentions(error_of(fake, ":8001").message, "by pid"));
  for (const char* name : {":8000", ":8001"}) CHECK(error_of(fake, name).code == ExitCode::CannotMeasure);
}
