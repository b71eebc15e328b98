#include "target/loop_kind.h"

#include <algorithm>

#include "target/sockets.h"

namespace loopstall {
namespace {

enum class Member { Pipe, Listener, Peer, Other };  // Peer: a network socket that talks to one other end

Member classify_socket(const ProcFs& proc, int pid, std::uint64_t inode) {
  const auto state = socket_state(proc, pid, inode);
  if (state.listening) return Member::Listener;
  if (state.family == SocketFamily::Unix) return Member::Other;
  // A UDP socket without a peer hears everybody: a DNS server may have no other.
  return state.family == SocketFamily::Udp && !state.connected ? Member::Other : Member::Peer;
}

// nullopt: closed meanwhile.
std::optional<Member> classify_member(const ProcFs& proc, int pid, int number) {
  const auto info = proc.fd(pid, number);
  switch (info.kind) {
    case FdKind::Gone:
      return std::nullopt;
    case FdKind::Pipe:
      return Member::Pipe;
    case FdKind::Socket:
      return classify_socket(proc, pid, info.inode);
    default:
      return Member::Other;
  }
}

std::vector<Member> living(const ProcFs& proc, int pid, std::vector<int> numbers) {
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  std::vector<Member> members;
  for (const int number : numbers)
    if (const auto member = classify_member(proc, pid, number)) members.push_back(*member);
  return members;
}

// A lone descriptor that is no peer is enough: an asyncio loop that only runs timers watches just its own
// socketpair, and an accept loop just its listener.
Verdict judge_epoll(const std::vector<Member>& members) {
  if (members.size() == 1 && members[0] == Member::Peer) return {false, "waits for one socket only"};
  return {true, ""};
}

Verdict judge_poll(const std::vector<Member>& members) {
  if (members.size() == 1) return {false, "waits for one descriptor only"};
  const auto serves = [](Member m) { return m == Member::Peer || m == Member::Other; };
  if (std::any_of(members.begin(), members.end(), serves)) return {true, ""};
  return {false, "waits for pipes and listening sockets only (a sync worker or a pipe reader)"};
}

std::size_t distinct(std::vector<int> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return static_cast<std::size_t>(std::unique(numbers.begin(), numbers.end()) - numbers.begin());
}

bool has(const std::vector<Member>& members, Member wanted) {
  return std::find(members.begin(), members.end(), wanted) != members.end();
}

bool is_epoll(Wait wait) { return wait == Wait::EpollWait || wait == Wait::EpollPwait || wait == Wait::EpollPwait2; }

}  // namespace

Verdict judge_loop(const ProcFs& proc, int pid, Wait wait, const std::vector<int>& members) {
  if (wait == Wait::IoUringEnter) return {true, ""};
  if (wait == Wait::Unknown) return {false, "its wait is not known yet"};
  if (members.empty())
    return {false, is_epoll(wait) ? "its epoll set is empty so far" : "waits for no descriptor (a sleep)"};
  const auto alive = living(proc, pid, members);
  if (alive.empty()) return {false, "the descriptors it waited for are closed"};
  // What it polled beside its listener and is closed by now was a short connection: a server with all in one loop.
  const bool some_closed = alive.size() < distinct(members);
  if (!is_epoll(wait) && some_closed && has(alive, Member::Listener)) return {true, ""};
  return is_epoll(wait) ? judge_epoll(alive) : judge_poll(alive);
}

}  // namespace loopstall
