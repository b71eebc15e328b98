#include "session/listening.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "catch.h"

using namespace loopstall;

namespace {

struct Listener {
  Fd fd{socket(AF_INET, SOCK_STREAM, 0)};
  std::uint16_t port = 0;
  Listener() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    REQUIRE(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = ntohs(address.sin_port);
  }
};

}  // namespace

TEST_CASE("a process listens once it listens") {
  const ProcFs proc;
  const Listener listener;
  CHECK_FALSE(listens(proc, getpid(), listener.port));
  CHECK(holder_of_port(proc, listener.port).empty());
  REQUIRE(listen(listener.fd.get(), 1) == 0);
  CHECK(listens(proc, getpid(), listener.port));
  CHECK(listens(proc, getpid(), std::nullopt));
  CHECK_FALSE(listens(proc, getpid(), 1));
  CHECK(holder_of_port(proc, listener.port).find(std::to_string(getpid())) != std::string::npos);
}
