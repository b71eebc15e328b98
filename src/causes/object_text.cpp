#include "causes/object_text.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <iterator>

#include "causes/printable.h"
#include "causes/services.h"

namespace loopstall {
namespace {

struct Named {
  int number;
  std::string_view name;
};

constexpr Named kProtocols[] = {{IPPROTO_TCP, "tcp"},
                                {IPPROTO_UDP, "udp"},
                                {IPPROTO_ICMP, "icmp"},
                                {IPPROTO_ICMPV6, "icmpv6"},
                                {IPPROTO_SCTP, "sctp"},
                                {IPPROTO_UDPLITE, "udplite"},
                                {262 /* IPPROTO_MPTCP */, "mptcp"}};
constexpr Named kFamilies[] = {
    {AF_NETLINK, "netlink"}, {AF_PACKET, "packet"}, {AF_VSOCK, "vsock"},        {AF_ALG, "alg"},
    {AF_CAN, "can"},         {AF_TIPC, "tipc"},     {AF_BLUETOOTH, "bluetooth"}};

template <std::size_t N>
std::string name_in(const Named (&table)[N], int number, std::string_view other) {
  const auto found =
      std::find_if(std::begin(table), std::end(table), [number](const Named& row) { return row.number == number; });
  return found == std::end(table) ? fmt::format("{} {}", other, number) : std::string(found->name);
}

using Address = std::array<std::uint8_t, 16>;

// ::ffff:a.b.c.d, an IPv4 peer of an IPv6 socket.
bool is_mapped(const Address& a) {
  return std::all_of(a.begin(), a.begin() + 10, [](std::uint8_t byte) { return byte == 0; }) && a[10] == 0xff &&
         a[11] == 0xff;
}

std::string endpoint(int family, const Address& address, std::uint16_t port) {
  char text[INET6_ADDRSTRLEN] = "";
  const bool v4 = family == AF_INET || is_mapped(address);
  const auto* bytes = address.data() + (v4 && family == AF_INET6 ? 12 : 0);
  ::inet_ntop(v4 ? AF_INET : AF_INET6, bytes, text, sizeof text);
  return v4 ? fmt::format("{}:{}", text, port) : fmt::format("[{}]:{}", text, port);
}

std::string with_service(std::string text, std::string_view service) {
  return service.empty() ? text : fmt::format("{} ({})", text, service);
}

std::string inet_text(const RawObject& o) {
  const auto protocol = name_in(kProtocols, o.protocol, "ip protocol");
  if (o.peer_port != 0)
    return with_service(fmt::format("{} {}", protocol, endpoint(o.family, o.peer, o.peer_port)),
                        service_at(o.peer_port));
  if (o.local_port == 0) return protocol;
  return fmt::format("{} local {}", protocol, endpoint(o.family, o.local, o.local_port));
}

// Abstract addresses begin with NUL, and are written with '@'; in others the path ends at NUL.
std::string unix_text(const RawObject& o) {
  if (o.names.empty() || o.names.front().empty()) return "unix";
  const std::string_view address = o.names.front();
  if (address.front() == '\0') return "unix @" + printable(address.substr(1));
  const auto path = address.substr(0, address.find('\0'));
  return with_service("unix " + printable(path), service_at(path));
}

std::string socket_text(const RawObject& o) {
  if (o.family == AF_UNIX) return unix_text(o);
  if (o.family == AF_INET || o.family == AF_INET6) return inet_text(o);
  return name_in(kFamilies, o.family, "socket family");
}

// probes/object.h, LS_OBJECT_NAME_BYTES without the NUL: a name of this length may have been longer.
constexpr std::size_t kLongestName = 39;

std::string part(const RawObject& o, const std::string& name) {
  const bool cut = o.names_truncated && name.size() == kLongestName;
  return "/" + printable(name) + (cut ? "..." : "");
}

// "[eventfd]" -> "eventfd"
std::string anonymous_text(const RawObject& o) {
  if (o.names.empty()) return "";
  std::string_view name = o.names.front();
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  return printable(name);
}

}  // namespace

std::string path_text(const RawObject& object) {
  std::string path;
  for (const auto& name : object.names)
    if (name != "/") path = part(object, name) + path;
  if (path.empty()) return "";
  return object.names_truncated ? "..." + path : path;
}

std::string object_text(const RawObject& object) {
  switch (object.kind) {
    case ObjectKind::Socket:
      return socket_text(object);
    case ObjectKind::Pipe:
      return object.names.empty() ? "pipe" : path_text(object);
    case ObjectKind::Anonymous:
      return anonymous_text(object);
    case ObjectKind::File:
    case ObjectKind::Directory:
    case ObjectKind::Device:
      return path_text(object);
    case ObjectKind::None:
      break;
  }
  return "";
}

}  // namespace loopstall
