// Requests by name: HTTP method and path, or a Redis command. Nothing else of a request is ever known. All times are
// ns.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "model/histogram.h"

namespace loopstall {

// The n-th name of a session, in the order in which they were seen: an index into Session::requests. One name on two
// loops is two.
using RequestId = Id<struct RequestTag>;

enum class Protocol : std::uint8_t {
  Other = 0,  // all that there was no room for, together
  Http = 1,
  Redis = 2,
};
std::string_view protocol_name(Protocol protocol);  // "other", "http", "redis", as in JSON
Protocol protocol_from_name(std::string_view name);

struct RequestName {
  Protocol protocol = Protocol::Other;
  std::string text{};  // "GET /path", "HGETALL"; "" for Other
  bool cut = false;    // it was longer
  auto operator<=>(const RequestName&) const = default;
};

// Of HTTP; "" of other protocols, and the path of CONNECT.
std::string_view method_of(const RequestName& name);
std::string_view path_of(const RequestName& name);

struct Request {
  RequestId id;
  LoopId loop;
  RequestName name;
  std::uint64_t count = 0;  // exact
  // Of those that were the only one of their read: from the read of their last byte until the loop read from another
  // client, or ended its iteration.
  Histogram hold;
  bool operator==(const Request&) const = default;
};

// A loop's reads on connections that it accepted, of which no request is known.
struct RequestReads {
  bool measured = false;        // false: nobody asked, or the kernel can not tell
  std::uint64_t encrypted = 0;  // TLS
  std::uint64_t not_told = 0;   // another protocol, or a part of a request whose beginning was not seen
  RequestReads& operator+=(const RequestReads& o);
  RequestReads& operator-=(const RequestReads& o);
  bool operator==(const RequestReads&) const = default;
};

// ---- events ----

struct RequestSeen {
  RequestId request;
  LoopId loop;
  RequestName name;
};

// What was counted since the previous reading.
struct RequestSample {
  RequestId request;
  std::uint64_t count = 0;
  std::vector<BucketDelta> hold;
  std::uint64_t min_ns = 0, max_ns = 0;  // since the session's start
};

struct RequestReadsCounted {
  LoopId loop;
  std::uint64_t encrypted = 0, not_told = 0;
};

}  // namespace loopstall
