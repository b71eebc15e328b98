#include "target/loop_kind.h"

#include "catch.h"
#include "target/sockets.h"
#include "unit/target/fake_proc.h"

using namespace loopstall;

namespace {

// Descriptors of pid 3: 4 listener, 5 and 6 connections, 7 unix, 8 pipe, 9 eventfd, 10 UDP server, 11 UDP client,
// 12 a unix listener, 13 a socket of no known family; 20 and up are closed.
struct Server {
  FakeProc fake;
  Server() {
    const std::vector<std::pair<int, std::string>> links{
        {4, "socket:[104]"},  {5, "socket:[105]"},         {6, "socket:[106]"},  {7, "socket:[107]"},
        {8, "pipe:[108]"},    {9, "anon_inode:[eventfd]"}, {10, "socket:[110]"}, {11, "socket:[111]"},
        {12, "socket:[112]"}, {13, "socket:[113]"}};
    for (const auto& [number, to] : links) fake.fd(3, number, to);
    fake.tcp("3", "tcp", {{8000, "0A", 104}, {8000, "01", 105}});
    fake.tcp("3", "tcp6", {{8000, "01", 106}});
    fake.tcp("3", "udp", {{53, "07", 110}, {9999, "01", 111}});
    fake.write("3/net/unix",
               "Num       RefCount Protocol Flags    Type St Inode Path\n"
               "0000000000000000: 00000003 00000000 00000000 0001 03 107\n"
               "0000000000000000: 00000002 00000000 00010000 0001 01 112 /run/x.sock\n");
  }
  Verdict judge(Wait wait, const std::vector<int>& numbers) const {
    return judge_noted(wait, as_they_are_now(numbers));
  }
  Verdict judge_noted(Wait wait, const std::vector<Waited>& members) const {
    return judge_loop(fake.proc(), 3, wait, members);
  }
  bool epoll(const std::vector<int>& members) const { return judge(Wait::EpollPwait, members).confirmed; }
  bool poll(const std::vector<int>& members) const { return judge(Wait::Poll, members).confirmed; }
};

}  // namespace

TEST_CASE("epoll is a loop unless it watches one network socket only") {
  const Server server;
  CHECK(server.epoll({4, 5}));
  CHECK(server.epoll({5, 6}));
  for (const int alone : {4, 7, 8, 9, 10, 12}) CHECK(server.epoll({alone}));
  for (const int alone : {5, 6, 11, 13}) {
    CHECK_FALSE(server.epoll({alone}));
    CHECK(server.judge(Wait::EpollWait, {alone}).reason == "waits for one socket only");
  }
}

TEST_CASE("an epoll set without members is not judged yet") {
  const Server server;
  CHECK(server.judge(Wait::EpollPwait2, {}).reason == "its epoll set is empty so far");
}

TEST_CASE("closed members do not count, unless all are") {
  const Server server;
  CHECK_FALSE(server.epoll({5, 20, 21}));
  CHECK_FALSE(server.poll({5, 20}));
  CHECK(server.judge(Wait::EpollWait, {20, 21}).reason == "the descriptors it waited for are closed");
  CHECK(server.judge(Wait::Select, {20}).reason == "the descriptors it waited for are closed");
}

TEST_CASE("an epoll loop that was closed is judged by what its set held when it was waited for") {
  using Kind = Waited::Kind;
  const Server server;
  const Waited gone{20, Kind::Socket, 901}, pipe{21, Kind::Pipe, 902}, event{22, Kind::Other, 1};
  const auto epoll = [&](const std::vector<Waited>& members) { return server.judge_noted(Wait::EpollWait, members); };
  CHECK(epoll({pipe, event}).confirmed);
  CHECK(epoll({event}).confirmed);
  CHECK(epoll({gone, event}).confirmed);
  CHECK(epoll({gone}).reason == "waits for one socket only");
}

TEST_CASE("poll is a loop with two descriptors of which one serves") {
  const Server server;
  CHECK(server.poll({5, 8}));
  CHECK(server.poll({4, 5}));
  CHECK(server.poll({8, 9}));
  CHECK(server.poll({4, 10}));
  CHECK(server.judge(Wait::Ppoll, {}).reason == "waits for no descriptor (a sleep)");
  CHECK(server.judge(Wait::Pselect6, {5}).reason == "waits for one descriptor only");
  CHECK(server.judge(Wait::Poll, {5, 5}).reason == "waits for one descriptor only");
  CHECK(server.judge(Wait::Select, {4, 8}).reason ==
        "waits for pipes and listening sockets only (a sync worker or a pipe reader)");
  CHECK_FALSE(server.poll({4, 12, 8}));
}

TEST_CASE("a descriptor whose number is another file's by now is closed") {
  using Kind = Waited::Kind;
  const Server server;
  const Waited connection{5, Kind::Socket, 105}, other{6, Kind::Socket, 106}, listener{4, Kind::Socket, 104};
  const Waited pipe{7, Kind::Pipe, 900}, gone{6, Kind::Socket, 901}, file{5, Kind::Other, 1}, event{9, Kind::Other, 1};
  const auto poll = [&](const std::vector<Waited>& members) { return server.judge_noted(Wait::Poll, members); };
  CHECK(poll({connection, other}).confirmed);
  CHECK(poll({connection, event}).confirmed);
  CHECK(poll({listener, gone}).confirmed);
  CHECK_FALSE(poll({connection, gone}).confirmed);
  CHECK_FALSE(poll({file, event}).confirmed);
  CHECK_FALSE(poll({listener, pipe}).confirmed);
  CHECK(poll({pipe, {8, Kind::Pipe, 902}}).reason ==
        "waits for pipes and listening sockets only (a sync worker or a pipe reader)");
}

TEST_CASE("io_uring is a loop") {
  const Server server;
  CHECK(server.judge(Wait::IoUringEnter, {}).confirmed);
  CHECK_FALSE(server.judge(Wait::Unknown, {4, 5}).confirmed);
}

TEST_CASE("a connection that came by a listening socket is a client's") {
  Server server;
  const ProcFs proc = server.fake.proc();
  server.fake.write("3/net/unix",
                    "Num       RefCount Protocol Flags    Type St Inode Path\n"
                    "0000000000000000: 00000003 00000000 00000000 0001 03 107\n"
                    "0000000000000000: 00000002 00000000 00010000 0001 01 112 /run/x.sock\n"
                    "0000000000000000: 00000003 00000000 00000000 0001 03 114 /run/x.sock\n");
  CHECK(serving(proc, 3, {104, 105, 107}).has_clients);
  CHECK(serving(proc, 3, {112, 114}).has_clients);
  CHECK_FALSE(serving(proc, 3, {104, 107, 110}).has_clients);
  CHECK(serving(proc, 3, {104, 107, 110}).listens);
  CHECK_FALSE(serving(proc, 3, {105, 106, 114}).listens);
}
