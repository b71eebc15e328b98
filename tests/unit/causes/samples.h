// Looks at a sleeping thread, made by hand.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "model/raw_sample.h"

namespace loopstall {

inline RawSample sleep_in(long syscall, std::initializer_list<std::uint64_t> args = {}, RawObject object = {}) {
  RawSample sample;
  sample.kind = SampleKind::Sleep;
  sample.syscall = syscall;
  std::copy(args.begin(), args.end(), sample.args.begin());
  sample.object = std::move(object);
  return sample;
}

inline RawObject named(ObjectKind kind, std::vector<std::string> names, bool truncated = false) {
  RawObject object;
  object.kind = kind;
  object.names = std::move(names);
  object.names_truncated = truncated;
  return object;
}

inline RawObject file(std::vector<std::string> names) { return named(ObjectKind::File, std::move(names)); }

inline RawObject inet(int protocol, std::array<std::uint8_t, 4> peer, std::uint16_t port) {
  RawObject object;
  object.kind = ObjectKind::Socket;
  object.family = AF_INET;
  object.protocol = static_cast<std::uint16_t>(protocol);
  std::copy(peer.begin(), peer.end(), object.peer.begin());
  object.peer_port = port;
  return object;
}

inline RawObject unix_socket(std::string path) {
  auto object = named(ObjectKind::Socket, {std::move(path)});
  object.family = AF_UNIX;
  return object;
}

}  // namespace loopstall
