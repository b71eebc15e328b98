// Every adapter on a fake /proc: what is mapped, and what the executable holds.
#include "catch.h"
#include "runtimes/runtime.h"
#include "unit/runtimes/fake_elf.h"
#include "unit/target/fake_proc.h"

using namespace loopstall;

namespace {

// A process 7 whose executable has this name and content, with these files mapped besides.
class Subject {
 public:
  explicit Subject(const std::string& exe, const std::string& content = "",
                   const std::vector<std::string>& mapped = {}) {
    fake.write("7/root" + exe, content);
    fake.process(7, 1, "comm", {exe}, fake.root() + "/7/root" + exe);
    std::string maps;
    for (const auto& path : mapped) maps += "7f000000-7f001000 r-xp 00000000 fd:00 13                   " + path + "\n";
    fake.write("7/maps", maps);
  }
  Runtime detect() const { return detect_runtime(fake.proc(), *fake.proc().process(7)); }
  std::string name() const { return detect().name; }

  FakeProc fake;
};

const std::string kLibrary = "/usr/lib/x86_64-linux-gnu/";
const std::string kPythonLib = "/usr/lib/python3.11/lib-dynload/_asyncio.cpython-311-x86_64-linux-gnu.so";

}  // namespace

TEST_CASE("the table ends with native, and each row has a name and a help text") {
  const auto adapters = runtime_adapters();
  CHECK(adapters.back().name == "native");
  for (const auto& adapter : adapters) {
    CHECK_FALSE(adapter.name.empty());
    CHECK_FALSE(adapter.help.empty());
  }
}

TEST_CASE("anything is at least native") {
  CHECK(Subject("/srv/mine").name() == "native");
  CHECK(Subject("/srv/mine", std::string(5000, '\x7f')).name() == "native");
  CHECK(Subject("/srv/mine", fake_elf({{".rodata", "nothing of note"}})).name() == "native");
  FakeProc gone;
  CHECK(detect_runtime(gone.proc(), ProcessInfo{}).name == "native");
}

TEST_CASE("servers by their executable") {
  CHECK(Subject("/usr/bin/redis-server").name() == "Redis");
  CHECK(Subject("/usr/bin/redis-check-rdb").name() == "Redis");
  CHECK(Subject("/usr/sbin/nginx", "", {kLibrary + "libpython3.11.so.1.0"}).name() == "nginx");
  CHECK(Subject("/usr/bin/memcached", "", {kLibrary + "libevent-2.1.so.7.0.1"}).name() == "memcached");
}

TEST_CASE("CPython by library, executable and extension names") {
  CHECK(Subject("/usr/bin/app", "", {"/opt/lib/libpython3.9.so.1.0"}).name() == "CPython 3.9");
  CHECK(Subject("/usr/bin/app", "", {"/opt/lib/libpython3.6m.so.1.0"}).name() == "CPython 3.6");
  CHECK(Subject("/usr/bin/app", "", {"/opt/lib/libpython3.11.so.1.0 (deleted)", kPythonLib}).name() ==
        "CPython 3.11, asyncio");
  CHECK(Subject("/usr/bin/python3.10").name() == "CPython 3.10");
  CHECK(Subject("/opt/bin/python3", "", {kPythonLib}).name() == "CPython 3.11, asyncio");
  CHECK(Subject("/opt/frozen", "", {"/x/_socket.cpython-39-x86_64-linux-gnu.so"}).name() == "CPython 3.9");
  CHECK(Subject("/usr/bin/python2.7").name() == "native");
  CHECK(Subject("/usr/bin/python-service").name() == "native");
  const auto gevent = "/v/site-packages/gevent/libev/corecext.cpython-312-x86_64-linux-gnu.so";
  CHECK(Subject("/usr/bin/python3.12", "", {gevent}).name() == "CPython 3.12, gevent");
}

TEST_CASE("uvloop by its module, with the version that its package states") {
  const std::string package = "/v/site-packages/uvloop/";
  const Subject subject("/usr/bin/python3.11", "", {package + "loop.cpython-311-x86_64-linux-gnu.so", kPythonLib});
  CHECK(subject.name() == "CPython 3.11, uvloop");
  subject.fake.write("7/root" + package + "_version.py", "# comment\n\n__version__ = '0.17.0'\n");
  CHECK(subject.name() == "CPython 3.11, uvloop 0.17.0");
  CHECK_FALSE(subject.detect().traits.zero_then_blocking_is_one_wait);
}

TEST_CASE("Node.js by name, and its version in .rodata") {
  const auto elf = fake_elf({{".text", "xx"}, {".rodata", std::string(300'000, 'a') + "node.js/v20.20.2\0zz"}});
  const Subject subject("/usr/bin/node", elf);
  CHECK(subject.name() == "Node.js 20.20.2");
  CHECK(subject.detect().traits.zero_then_blocking_is_one_wait);
  CHECK(Subject("/usr/bin/nodejs").name() == "Node.js");
  const Subject debian("/usr/bin/node", "", {kLibrary + "libnode.so.108"});
  debian.fake.write("7/root" + kLibrary + "libnode.so.108", elf);
  CHECK(debian.name() == "Node.js 20.20.2");
}

TEST_CASE("tokio by the paths in its panic messages, or by its symbols") {
  const std::string path = "/root/.cargo/registry/src/index/tokio-1.24.2/src/runtime/park.rs";
  const Subject paths("/srv/api", fake_elf({{".rodata", "tokio-util-0.7/tokio-1.x" + path}}));
  CHECK(paths.name() == "tokio 1.24.2");
  CHECK(paths.detect().traits.futex_sleep_ends_iteration);
  CHECK(Subject("/srv/api", fake_elf({{".strtab", "_ZN5tokio7runtime4task3raw4poll17h"}})).name() == "tokio");
  CHECK(Subject("/srv/api", fake_elf({{".rodata", "/tokio-util-0.7.1/src/"}})).name() == "native");
}

TEST_CASE("Asio by its type names") {
  const Subject boost("/srv/api", fake_elf({{".rodata", "N5boost4asio6detail9schedulerE"}}));
  CHECK(boost.name() == "Asio");
  CHECK(boost.detect().traits.futex_sleep_ends_iteration);
  CHECK(Subject("/srv/api", fake_elf({{".strtab", "_ZN4asio6detail9schedulerC1Ev"}})).name() == "Asio");
}

TEST_CASE("loop libraries by their file names") {
  const auto with = [](const std::string& library) { return Subject("/srv/api", "", {library}).detect(); };
  CHECK(with(kLibrary + "libuv.so.1.0.0").name == "libuv");
  CHECK_FALSE(with(kLibrary + "libuv.so.1.0.0").traits.zero_then_blocking_is_one_wait);
  CHECK(with(kLibrary + "libevent-2.1.so.7.0.1").name == "libevent 2.1");
  CHECK(with(kLibrary + "libevent_core-2.1.so.7.0.1").name == "libevent 2.1");
  CHECK(with(kLibrary + "libev.so.4.0.0").name == "libev");
  CHECK(with(kLibrary + "libglib-2.0.so.0.7400.6").name == "GLib 2.74.6");
  CHECK(with(kLibrary + "libglib-2.0.so.0").name == "GLib");
}
