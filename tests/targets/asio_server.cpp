// A server on Boost.Asio: asio_server LOG. Speaks the line protocol (line_server.h); templates, inlined handlers and
// long mangled names lie between its loop and what blocks.
// clang-format off
#include <utility>  // boost/asio/awaitable.hpp 1.74 forgets it
// clang-format on
#include <boost/asio.hpp>
#include <istream>
#include <memory>
#include <string>

#include "truth.h"

namespace {

using boost::asio::ip::tcp;

class Session : public std::enable_shared_from_this<Session> {
 public:
  explicit Session(tcp::socket socket) : socket_(std::move(socket)) {}

  void read() {
    boost::asio::async_read_until(socket_, input_, '\n', [self = shared_from_this()](auto error, std::size_t) {
      if (!error) self->on_line();
    });
  }

 private:
  __attribute__((noinline)) void on_line() {
    std::istream lines(&input_);
    std::string line;
    std::getline(lines, line);
    char kind[16];
    long long ns;
    if (std::sscanf(line.c_str(), "block %15s %lld", kind, &ns) == 2) truth_block(kind, ns);
    answer();
    read();
  }

  void answer() { boost::asio::write(socket_, boost::asio::buffer("ok\n", 3)); }

  tcp::socket socket_;
  boost::asio::streambuf input_;
};

void accept(tcp::acceptor& acceptor) {
  acceptor.async_accept([&acceptor](auto error, tcp::socket socket) {
    if (!error) std::make_shared<Session>(std::move(socket))->read();
    accept(acceptor);
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  truth_open(argv[1]);
  boost::asio::io_context context(1);
  tcp::acceptor acceptor(context, {boost::asio::ip::address_v4::loopback(), 0});
  std::printf("port %d\n", acceptor.local_endpoint().port());
  std::fflush(stdout);
  accept(acceptor);
  context.run();
}
