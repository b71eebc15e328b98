#include "session/processes.h"

#include <filesystem>

#include "catch.h"
#include "unit/session/scene.h"

using namespace loopstall;

TEST_CASE("a child that is gone before the next tick is never told") {
  Scene scene;
  scene.collector.on_fork(7, 8, kStart + 1);
  scene.collector.on_exit(8, kStart + 2);
  scene.collector.tick(kStart + 3);
  CHECK(scene.session.processes.empty());
}

TEST_CASE("a child that lives is told with the time of its fork") {
  Scene scene;
  scene.collector.on_fork(7, 8, kStart + 1);
  scene.server(8, 7);
  scene.collector.tick(kStart + 3);
  REQUIRE(scene.session.processes.size() == 1);
  CHECK(scene.session.processes[0].parent == 7);
  CHECK(scene.session.processes[0].seen_ns == kStart + 1);
}

TEST_CASE("a child that opens a loop is told at once") {
  Scene scene;
  scene.server(8, 7);
  scene.collector.on_fork(7, 8, kStart + 1);
  scene.open_loop(LoopId{0}, 8, 8);
  REQUIRE(scene.session.processes.size() == 1);
  CHECK(scene.session.processes[0].parent == 7);
}

TEST_CASE("after an exec the process is looked up again") {
  Scene scene;
  scene.collector.add_target(7, 0, kStart);
  CHECK(scene.session.processes[0].comm == "server");
  scene.collector.on_exec(7, kStart + 1);
  scene.fake.process(7, 1, "other", {"other"});
  scene.collector.tick(kStart + 2);
  REQUIRE(scene.session.processes.size() == 1);
  CHECK(scene.session.processes[0].comm == "other");
  scene.collector.on_exec(7, kStart + 3);
  scene.collector.on_exit(7, kStart + 4);
  CHECK(scene.session.processes[0].exited_ns == kStart + 4);
}

TEST_CASE("an end that was missed is noticed at the next tick") {
  Scene scene;
  scene.collector.add_target(7, 0, kStart);
  std::filesystem::remove_all(scene.fake.root() + "/7");
  scene.collector.tick(kStart + 9);
  CHECK(scene.session.processes[0].exited_ns == kStart + 9);
  CHECK(scene.collector.processes().alive().empty());
}

TEST_CASE("only what was named has no parent") {
  Scene scene;
  scene.server(8, 7);
  scene.collector.add_target(7, 0, kStart);
  scene.open_loop(LoopId{0}, 8, 8);  // its fork was not seen
  REQUIRE(scene.session.processes.size() == 2);
  CHECK(scene.session.processes[0].parent == 0);
  CHECK(scene.session.processes[1].parent == 7);
}
