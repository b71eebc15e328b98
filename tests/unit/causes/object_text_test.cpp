#include "causes/object_text.h"

#include "catch.h"
#include "causes/printable.h"
#include "causes/services.h"
#include "unit/causes/samples.h"

using namespace loopstall;

namespace {

RawObject inet6(std::array<std::uint8_t, 16> peer, std::uint16_t port) {
  auto object = inet(IPPROTO_TCP, {}, port);
  object.family = AF_INET6;
  object.peer = peer;
  return object;
}

constexpr std::array<std::uint8_t, 16> kLoopback6{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
constexpr std::array<std::uint8_t, 16> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 5};

}  // namespace

TEST_CASE("sockets read as protocol, peer and service") {
  CHECK(object_text(inet(IPPROTO_TCP, {10, 0, 0, 5}, 5432)) == "tcp 10.0.0.5:5432 (postgresql)");
  CHECK(object_text(inet(IPPROTO_UDP, {127, 0, 0, 53}, 53)) == "udp 127.0.0.53:53 (dns)");
  CHECK(object_text(inet(IPPROTO_TCP, {10, 0, 0, 5}, 40000)) == "tcp 10.0.0.5:40000");
  CHECK(object_text(inet6(kLoopback6, 6379)) == "tcp [::1]:6379 (redis)");
  CHECK(object_text(inet6(kMapped, 443)) == "tcp 10.0.0.5:443 (https)");
  CHECK(object_text(inet(99, {10, 0, 0, 5}, 1)) == "ip protocol 99 10.0.0.5:1");
}

TEST_CASE("a socket without a peer shows its own address, and no service: that is the peer's") {
  auto listener = inet(IPPROTO_TCP, {}, 0);
  CHECK(object_text(listener) == "tcp");
  listener.local_port = 6379;
  listener.local = {127, 0, 0, 1};
  CHECK(object_text(listener) == "tcp local 127.0.0.1:6379");
}

TEST_CASE("unix sockets read as their path") {
  CHECK(object_text(unix_socket("/run/postgresql/.s.PGSQL.5432")) == "unix /run/postgresql/.s.PGSQL.5432 (postgresql)");
  CHECK(object_text(unix_socket(std::string("/run/x.sock\0", 12))) == "unix /run/x.sock");
  CHECK(object_text(unix_socket(std::string("\0a\0b", 4))) == "unix @a?b");
  CHECK(object_text(unix_socket("")) == "unix");
  CHECK(object_text(unix_socket("/tmp/\x1b]0;x\x07")) == "unix /tmp/?]0;x?");
}

TEST_CASE("other socket families read by name or number") {
  auto object = inet(0, {}, 0);
  object.family = AF_NETLINK;
  CHECK(object_text(object) == "netlink");
  object.family = 200;
  CHECK(object_text(object) == "socket family 200");
}

TEST_CASE("files read as their path, with an ellipsis where the names do not reach the root") {
  CHECK(object_text(file({"app.db", "data", "srv"})) == "/srv/data/app.db");
  CHECK(object_text(named(ObjectKind::File, {"app.db", "data"}, true)) == ".../data/app.db");
  CHECK(object_text(named(ObjectKind::File, {"memfd:x", "/"}, true)) == ".../memfd:x");
  CHECK(object_text(named(ObjectKind::Directory, {"tmp"})) == "/tmp");
  CHECK(object_text(file({})) == "");
}

TEST_CASE("a name that was cut is shown as cut") {
  const std::string longest(39, 'e');
  CHECK(object_text(named(ObjectKind::File, {"f", longest}, true)) == ".../" + longest + ".../f");
  CHECK(object_text(named(ObjectKind::File, {"f", longest})) == "/" + longest + "/f");
}

TEST_CASE("pipes and anonymous inodes read by what they are") {
  CHECK(object_text(named(ObjectKind::Pipe, {})) == "pipe");
  CHECK(object_text(named(ObjectKind::Pipe, {"fifo", "run"})) == "/run/fifo");
  CHECK(object_text(named(ObjectKind::Anonymous, {"[timerfd]"})) == "timerfd");
  CHECK(object_text(named(ObjectKind::Anonymous, {})) == "");
  CHECK(object_text({}) == "");
}

TEST_CASE("services are known by port and by path") {
  CHECK(service_at(26257) == "cockroachdb");
  CHECK(service_at(54321) == "");
  CHECK(service_at("/var/run/mysqld/mysqld.sock") == "mysql");
  CHECK(service_at("/run/redis/redis-server.sock") == "redis");
  CHECK(service_at("/run/systemd/resolve/io.systemd.Resolve") == "dns");
  CHECK(service_at("/dev/log") == "syslog");
  CHECK(service_at("/run/mysql/app.sock") == "");
  CHECK(service_at("/run/redis") == "");
}

TEST_CASE("names are shown as text, whatever bytes they hold") {
  CHECK(printable("h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa2") == "h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa2");
  CHECK(printable("a\nb\x7f") == "a?b?");
  CHECK(printable("\xc2\x85") == "?");             // C1
  CHECK(printable("\xc0\x80\xff") == "???");       // overlong, no lead
  CHECK(printable("\xe0\x80\x80") == "???");       // overlong
  CHECK(printable("\xed\xa0\x80") == "???");       // surrogate
  CHECK(printable("\xf4\x90\x80\x80") == "????");  // beyond Unicode
  CHECK(printable("x\xe2\x82") == "x??");          // cut
  CHECK(printable(std::string_view("\0z", 2)) == "?z");
}

TEST_CASE("any bytes become valid text without control characters") {
  std::uint32_t state = 1;
  for (int round = 0; round < 20000; ++round) {
    std::string bytes(static_cast<std::size_t>(round % 12), '\0');
    for (char& c : bytes) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
    const auto text = printable(bytes);
    REQUIRE(printable(text) == text);
    REQUIRE(text.find_first_of("\n\x1b\x7f") == text.npos);
  }
}
