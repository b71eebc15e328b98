// A collector with a scripted /proc below it and a fake capture beside it.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "session/collector.h"
#include "unit/target/fake_proc.h"

namespace loopstall {

struct FakeControl : LoopControl {
  void set_traits(LoopId loop, const LoopTraits& traits) override { given_traits[loop] = traits; }
  void set_confirmed(LoopId loop) override { confirmed.push_back(loop); }
  void set_python(int pid, const std::optional<PythonLayout>& python) override { pythons[pid] = python.has_value(); }
  bool presume_loop(int tid, int epoll_fd) override {
    presumed.emplace_back(tid, epoll_fd);
    return accepts;
  }
  void set_stack_end(LoopId, std::uint64_t) override {}
  std::string no_tasks() const override { return "not in this test"; }
  Result<> begin_tasks(int, const TaskPlan&) override { return {}; }
  void end_tasks(int) override {}
  void want_handlers(TaskId, bool) override {}
  Cost task_cost(int) const override { return {}; }
  std::vector<std::pair<int, int>> presumed;
  bool accepts = true;
  std::map<int, bool> pythons;
  std::map<LoopId, LoopTraits> given_traits;
  std::vector<LoopId> confirmed;
};

constexpr std::uint64_t kStart = 1'000'000'000'000;

struct Scene {
  FakeProc fake;
  ProcFs proc = fake.proc();
  Session session;
  FakeControl control;
  Collector collector;

  Scene() : collector((session.info.start_ns = kStart, session), proc, control) {
    session.info.threshold_ns = 10'000'000;
    server(7, 1);
  }

  // A process with an epoll set on descriptor 5 over a listener and a connection, its main thread in `call`.
  void server(int pid, int parent, const std::string& call = "running\n") const {
    fake.process(pid, parent, "server", {"/usr/bin/server", "--port", "8000"});
    fake.write(fmt::format("{}/task/{}/comm", pid, pid), "server\n");
    fake.write(fmt::format("{}/task/{}/syscall", pid, pid), call);
    fake.fd(pid, 3, "socket:[103]");
    fake.fd(pid, 4, "socket:[104]");
    fake.epoll(pid, 5, {3, 4});
    const std::vector<FakeProc::Tcp> sockets{{8000, "0A", 103}, {8000, "01", 104}};
    for (const std::string& who : {std::to_string(pid), std::string("self")}) fake.tcp(who, "tcp", sockets);
  }
  void set_members(int pid, int epoll, const std::vector<int>& members) const {
    std::filesystem::remove(fmt::format("{}/{}/fd/{}", fake.root(), pid, epoll));
    fake.epoll(pid, epoll, members);
  }
  void open_loop(LoopId loop, int pid, int tid, Wait wait = Wait::EpollWait) {
    collector.on(LoopOpened{loop, pid, tid, kStart, "", wait, ""});
  }
};

}  // namespace loopstall
