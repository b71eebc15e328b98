#include "session/stuck.h"

#include <sys/syscall.h>

#include "catch.h"
#include "unit/session/scene.h"

using namespace loopstall;

namespace {

constexpr std::uint64_t kSecondNs = 1'000'000'000;

std::string in_call(long nr, std::uint64_t first = 0, std::uint64_t second = 0) {
  return fmt::format("{} {:#x} {:#x} 0x0 0x0 0x0 0x0 0x7ffc0000 0x7f000000\n", nr, first, second);
}

// One that was stuck all the time, unless a test changes something about it.
struct StuckScene : Scene {
  StuckScene() {
    set_call(in_call(SYS_clock_nanosleep));
    collector.add_target(7, 0, kStart);
  }
  void set_call(const std::string& call) { fake.write("7/task/7/syscall", call); }
  bool presumed_stuck() {
    collector.look_for_stuck(kStart + kSecondNs);
    return !control.presumed.empty();
  }
};

}  // namespace

TEST_CASE("a server that never waited is presumed to be stuck in its epoll set's loop") {
  StuckScene scene;
  REQUIRE(scene.presumed_stuck());
  CHECK(scene.control.presumed == std::vector{std::pair{7, 5}});
  REQUIRE(scene.session.notes.size() == 1);
  CHECK(scene.session.notes[0].starts_with("process 7 (server) did not wait for events"));
}

TEST_CASE("nothing is said if the kernel side has seen it wait") {
  StuckScene scene;
  scene.control.accepts = false;
  REQUIRE(scene.presumed_stuck());
  CHECK(scene.session.notes.empty());
}

TEST_CASE("once its loop is there it is not looked for again") {
  StuckScene scene;
  REQUIRE(scene.presumed_stuck());
  scene.open_loop(LoopId{0}, 7, 7);
  scene.collector.on_loop(LoopId{0}, 7, 7, Wait::EpollWait, 5, {});
  CHECK(scene.session.loops[0].confirmed);
  scene.collector.look_for_stuck(kStart + 2 * kSecondNs);
  CHECK(scene.control.presumed.size() == 1);
}

TEST_CASE("one that computes is stuck as well") {
  StuckScene scene;
  scene.set_call("running\n");
  CHECK(scene.presumed_stuck());
}

TEST_CASE("a session shorter than the threshold accuses nobody") {
  StuckScene scene;
  scene.collector.look_for_stuck(kStart + scene.session.info.threshold_ns - 1);
  CHECK(scene.control.presumed.empty());
}

TEST_CASE("a high threshold does not put the look off, until its wait has been counted as idle") {
  StuckScene scene;
  scene.session.info.threshold_ns = 10 * kSecondNs;
  CHECK(scene.presumed_stuck());
}

TEST_CASE("no accusation without good reason") {
  StuckScene scene;
  SECTION("its main thread waits in a loop wait") { scene.set_call(in_call(SYS_epoll_pwait, 9)); }
  SECTION("another thread waits for the set") { scene.fake.write("7/task/9/syscall", in_call(SYS_epoll_pwait, 5)); }
  SECTION("the set watches one descriptor only: a loop that was left without closing it") {
    scene.set_members(7, 5, {4});
  }
  SECTION("the set was inherited from the parent") {
    scene.server(6, 1);
    scene.fake.process(7, 6, "server");
  }
  SECTION("the set is a member of another") { scene.set_members(7, 6, {5}); }
  SECTION("it has a loop") {
    scene.open_loop(LoopId{0}, 7, 8);
    scene.collector.on_loop(LoopId{0}, 7, 8, Wait::EpollWait, 5, {});
  }
  SECTION("it runs another program since") { scene.collector.on_exec(7, kStart + 1); }
  CHECK_FALSE(scene.presumed_stuck());
}

TEST_CASE("a process that was not there from the start is not accused") {
  Scene scene;
  scene.server(8, 7, in_call(SYS_clock_nanosleep));
  scene.collector.on_fork(7, 8, kStart + 1);
  scene.collector.look_for_stuck(kStart + kSecondNs);
  CHECK(scene.control.presumed.empty());
}

TEST_CASE("a synchronous call that itself polls, all the time, is a stall") {
  StuckScene scene;
  scene.set_call(in_call(SYS_ppoll));
  scene.open_loop(LoopId{0}, 7, 7, Wait::Ppoll);
  SECTION("over one socket") {
    scene.collector.on_loop(LoopId{0}, 7, 7, Wait::Ppoll, -1, as_they_are_now({4}));
    CHECK(scene.presumed_stuck());
  }
  SECTION("over one descriptor, whichever it is") {
    scene.set_call(in_call(SYS_ppoll, 0x7ffc0000, 1));
    CHECK(scene.presumed_stuck());
  }
  SECTION("but not over several that are not known") {
    scene.set_call(in_call(SYS_ppoll, 0x7ffc0000, 2));
    CHECK_FALSE(scene.presumed_stuck());
  }
  SECTION("but not if it returned meanwhile") {
    scene.collector.on_loop(LoopId{0}, 7, 7, Wait::Ppoll, -1, as_they_are_now({4}));
    LoopSample sample;
    sample.delta.iterations = 1;
    scene.collector.on(sample);
    CHECK_FALSE(scene.presumed_stuck());
  }
  SECTION("nor if it polls the epoll set: one loop inside another") {
    scene.collector.on_loop(LoopId{0}, 7, 7, Wait::Ppoll, -1, as_they_are_now({5}));
    CHECK_FALSE(scene.presumed_stuck());
  }
}

namespace {

// In a wait for two sockets of its own, which would pass for a loop's.
struct TransferScene : StuckScene {
  explicit TransferScene(long nr = SYS_ppoll, std::uint64_t first = 0x7ffc0000) {
    fake.fd(7, 8, "socket:[108]");
    fake.fd(7, 9, "socket:[109]");
    fake.epoll(7, 6, {8, 9});
    set_call(in_call(nr, first, 2));
    open_loop(LoopId{0}, 7, 7, nr == SYS_ppoll ? Wait::Ppoll : Wait::EpollWait);
    wait_for(nr == SYS_ppoll ? Wait::Ppoll : Wait::EpollWait, {8, 9});
  }
  void wait_for(Wait wait, const std::vector<int>& members) {
    collector.on_loop(LoopId{0}, 7, 7, wait, wait == Wait::Ppoll ? -1 : 6, as_they_are_now(members));
  }
};

}  // namespace

TEST_CASE("a transfer over several sockets is a handler's while the clients are served by nobody") {
  TransferScene scene;
  CHECK(scene.session.loops[0].confirmed);
  SECTION("alone") { CHECK(scene.presumed_stuck()); }
  SECTION("beside a pool's thread without work") {
    scene.fake.write("7/task/9/syscall", in_call(SYS_futex));
    CHECK(scene.presumed_stuck());
  }
  SECTION("but not if another thread may be in the handler") {
    scene.fake.write("7/task/9/syscall", in_call(SYS_clock_nanosleep));
    CHECK_FALSE(scene.presumed_stuck());
  }
  SECTION("nor if the set has no client: a library's, of connections that it made") {
    scene.set_members(7, 5, {4, 8});
    CHECK_FALSE(scene.presumed_stuck());
  }
  SECTION("nor if its parent has died, from which it may have the set") {
    scene.fake.process(7, 1, "server", {}, "", 'S', 0x400040);
    CHECK_FALSE(scene.presumed_stuck());
  }
  SECTION("nor if another loop is there") {
    scene.open_loop(LoopId{1}, 7, 9);
    scene.collector.on_loop(LoopId{1}, 7, 9, Wait::EpollWait, 6, {});
    CHECK_FALSE(scene.presumed_stuck());
  }
}

TEST_CASE("a transfer over a connection is a handler's, whatever other threads do") {
  TransferScene scene;
  scene.fake.tcp("7", "tcp", {{8000, "0A", 103}, {8000, "01", 104}, {40000, "01", 108}});
  scene.fake.write("7/task/9/syscall", in_call(SYS_clock_nanosleep));
  CHECK(scene.presumed_stuck());
}

TEST_CASE("a loop that was run inside a handler is the handler's while the clients are served by nobody") {
  TransferScene scene(SYS_epoll_pwait, 6);
  CHECK(scene.presumed_stuck());
  CHECK(scene.control.presumed == std::vector{std::pair{7, 5}});
}

TEST_CASE("who polls a listening socket serves it") {
  StuckScene scene;
  scene.set_call(in_call(SYS_ppoll, 0x7ffc0000, 1));
  scene.open_loop(LoopId{0}, 7, 7, Wait::Ppoll);
  scene.collector.on_loop(LoopId{0}, 7, 7, Wait::Ppoll, -1, as_they_are_now({3}));
  CHECK_FALSE(scene.presumed_stuck());
}
