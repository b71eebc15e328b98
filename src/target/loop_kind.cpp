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

Member classify(const ProcFs& proc, int pid, const FdInfo& info) {
  if (info.kind == FdKind::Pipe) return Member::Pipe;
  return info.kind == FdKind::Socket ? classify_socket(proc, pid, info.inode) : Member::Other;
}

FdInfo as_noted(const Waited& member) {
  if (member.kind == Waited::Kind::Pipe) return {FdKind::Pipe, member.inode};
  return {member.kind == Waited::Kind::Socket ? FdKind::Socket : FdKind::Other, member.inode};
}

bool is_still(const FdInfo& now, const Waited& member) {
  if (member.kind == Waited::Kind::Socket) return now.kind == FdKind::Socket && now.inode == member.inode;
  return member.kind == Waited::Kind::Unknown || (now.kind != FdKind::Socket && now.kind != FdKind::Pipe);
}

// Nothing if it was closed meanwhile. A pipe need not be looked at: it speaks for no loop.
FdInfo look(const ProcFs& proc, int pid, const Waited& member) {
  if (member.kind == Waited::Kind::Pipe) return as_noted(member);
  const FdInfo now = proc.fd(pid, member.number);
  if (now.kind == FdKind::Hidden) return as_noted(member);
  return is_still(now, member) ? now : FdInfo{};
}

// An epoll set goes on being what it held when it was waited for, even if all of that is closed by now, as its loop is.
FdInfo held(const ProcFs& proc, int pid, const Waited& member) {
  return member.kind == Waited::Kind::Unknown ? proc.fd(pid, member.number) : as_noted(member);
}

// What was not closed meanwhile, no more than is needed.
std::vector<FdInfo> living(const ProcFs& proc, int pid, bool epoll, const std::vector<Waited>& waited) {
  const std::size_t needed = epoll ? 2 : waited.size();
  std::vector<FdInfo> members;
  for (auto member = waited.begin(); member != waited.end() && members.size() < needed; ++member) {
    const FdInfo info = epoll ? held(proc, pid, *member) : look(proc, pid, *member);
    if (info.kind != FdKind::Gone) members.push_back(info);
  }
  return members;
}

// A lone descriptor that is no peer is enough: an asyncio loop that only runs timers watches just its own
// socketpair, and an accept loop just its listener.
template <class Classify>
Verdict judge_epoll(const std::vector<FdInfo>& members, Classify classify) {
  if (members.size() == 1 && classify(members[0]) == Member::Peer) return {false, "waits for one socket only"};
  return {true, ""};
}

// What it polled beside its listener and is closed by now was a short connection: a server with all in one loop.
template <class Classify>
Verdict judge_poll(const std::vector<FdInfo>& members, bool some_closed, Classify classify) {
  const bool several = members.size() > 1;
  const auto serves = [&](const FdInfo& info) {
    const Member member = classify(info);
    return member == Member::Listener ? some_closed : several && member != Member::Pipe;
  };
  if (std::any_of(members.begin(), members.end(), serves)) return {true, ""};
  if (!several) return {false, "waits for one descriptor only"};
  return {false, "waits for pipes and listening sockets only (a sync worker or a pipe reader)"};
}

std::vector<Waited> distinct(std::vector<Waited> members) {
  std::sort(members.begin(), members.end(), [](auto& a, auto& b) { return a.number < b.number; });
  const auto same = [](auto& a, auto& b) { return a.number == b.number; };
  members.erase(std::unique(members.begin(), members.end(), same), members.end());
  return members;
}

bool is_epoll(Wait wait) { return wait == Wait::EpollWait || wait == Wait::EpollPwait || wait == Wait::EpollPwait2; }

}  // namespace

// Sockets are looked up only as far as the verdict needs it: each costs a walk through the tables of the whole network
// namespace, 1.5 ms of CPU, and a server may have thousands.
Verdict judge_loop(const ProcFs& proc, int pid, Wait wait, const std::vector<Waited>& members) {
  if (wait == Wait::IoUringEnter) return {true, ""};
  if (wait == Wait::Unknown) return {false, "its wait is not known yet"};
  if (members.empty())
    return {false, is_epoll(wait) ? "its epoll set is empty so far" : "waits for no descriptor (a sleep)"};
  const auto waited = distinct(members);
  const auto alive = living(proc, pid, is_epoll(wait), waited);
  if (alive.empty()) return {false, "the descriptors it waited for are closed"};
  const auto classify_one = [&](const FdInfo& info) { return classify(proc, pid, info); };
  if (is_epoll(wait)) return judge_epoll(alive, classify_one);
  return judge_poll(alive, alive.size() < waited.size(), classify_one);
}

}  // namespace loopstall
