// probes/request_parser.h, which the kernel side names requests with.
#include <fmt/format.h>
#include <request_parser.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "catch.h"

namespace {

// One connection, read as a server reads it.
class Connection {
 public:
  explicit Connection(bool from_its_beginning = true) : begins_(from_its_beginning) {}

  void read(std::string_view bytes) {
    const bool told = ls_begin_read(&stream_, begins_) != 0;
    begins_ = false;
    if (!told || !parse(bytes)) ++not_told;
  }

  // As several reads, each of at most so many bytes.
  void read_in_parts(std::string_view bytes, std::size_t most) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(most, bytes.size()))) read(bytes.substr(0, most));
  }

  void miss_a_read() { ls_lose_track(&stream_); }
  void server_speaks_redis() { stream_.flags |= LS_STREAM_REDIS; }
  bool speaks_redis() const { return (stream_.flags & LS_STREAM_REDIS) != 0; }
  bool encrypted() const { return stream_.state == LS_STREAM_TLS; }
  std::string_view memory() const { return {reinterpret_cast<const char*>(&stream_), sizeof(stream_)}; }

  std::vector<std::string> names;
  int finished = 0;  // requests of which the last byte was read
  int not_told = 0;  // reads

 private:
  // As the kernel side does it: what is skipped is not copied.
  bool parse(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::size_t skipped = ls_take_skipped(&stream_, bytes.size());
      bytes.remove_prefix(skipped);
      if (skipped && !stream_.skip) note(ls_skipped(&stream_));
      ls_chunk chunk{};
      chunk.end = static_cast<ls_u32>(std::min<std::size_t>(bytes.size(), LS_CHUNK));
      std::copy_n(bytes.begin(), chunk.end, chunk.data);
      int found = 0;
      while (!(found & (LS_FOUND_BROKEN | LS_FOUND_END))) note(found = ls_step(&stream_, &chunk));
      if (found & LS_FOUND_BROKEN) return false;
      bytes.remove_prefix(chunk.at);
    }
    return true;
  }

  void note(int found) {
    if (found & LS_FOUND_REQUEST)
      names.push_back(std::string(stream_.key.name.text, stream_.key.name.length) +
                      (stream_.key.name.cut ? "..." : ""));
    finished += (found & LS_FOUND_LAST) ? 1 : 0;
  }

  ls_stream stream_{};
  bool begins_;
};

using Names = std::vector<std::string>;

Names names_in(std::string_view bytes) {
  Connection connection;
  connection.read(bytes);
  return connection.names;
}

std::string command(const std::vector<std::string>& words) {
  std::string bytes = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) bytes += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  return bytes;
}

const std::string kSecret = "s3cr3t-0f-th3-t3st";

// What a client may send, with a secret wherever no name is; text of other protocols in the bodies.
class Client {
 public:
  explicit Client(unsigned seed) : random_(seed) {}

  std::string next_http(Names& log) {
    static const Names methods = {"GET", "POST", "PUT", "DELETE", "M-SEARCH", "OPTIONS"};
    std::string path = "/" + word() + (chance(3) ? "/" + word() : "");
    const std::string method = methods[below(methods.size())];
    log.push_back(method + " " + path);
    if (chance(2)) path += "?key=" + kSecret;
    std::string bytes = (chance(8) ? "\r\n" : "") + method + " " + path + " HTTP/1.1\r\nHost: " + word() + "\r\n";
    for (std::size_t n = below(6); n; --n) bytes += header();
    const std::string body = chance(2) ? "" : payload();
    if (body.empty()) return bytes + "\r\n";
    if (chance(2)) return bytes + "Transfer-Encoding: chunked\r\n\r\n" + in_chunks(body);
    return bytes + "content-LENGTH:  " + std::to_string(body.size()) + "\r\n" + header() + "\r\n" + body;
  }

  std::string next_command(Names& log) {
    static const Names commands = {"GET", "set", "HGETALL", "ping", "FT.SEARCH", "MSET"};
    std::vector<std::string> words{commands[below(commands.size())]};
    for (std::size_t n = below(4); n; --n) words.push_back(payload());
    std::string name = words[0];
    std::transform(name.begin(), name.end(), name.begin(), ls_upper);
    log.push_back(name);
    return command(words);
  }

  std::size_t below(std::size_t n) { return random_() % n; }

 private:
  bool chance(std::size_t of) { return below(of) == 0; }
  std::string word() { return "w" + std::to_string(below(50)); }
  std::string header() {
    static const Names names = {"Cookie", "content-lengths", "Content-Typ", "transfer-encodin", "Trailer", "X", "u"};
    return names[below(names.size())] + ": " + kSecret + std::string(below(30), 'x') + "\r\n";
  }
  std::string payload() {
    static const Names parts = {kSecret,  "GET /body HTTP/1.1\r\n\r\n", "*1\r\n$4\r\nBODY\r\n", "\r\n",
                                "\n\n\n", std::string(3000, 'b')};
    std::string bytes;
    for (std::size_t n = below(5) + 1; n; --n) bytes += parts[below(parts.size())];
    return bytes;
  }
  std::string in_chunks(std::string_view body) {
    std::string bytes;
    while (!body.empty()) {
      const std::size_t n = std::min(body.size(), below(900) + 1);
      bytes += fmt::format("{:X}{}\r\n{}\r\n", n, chance(2) ? ";note=" + kSecret : "", body.substr(0, n));
      body.remove_prefix(n);
    }
    return bytes + "0\r\n" + (chance(2) ? "Checksum: " + kSecret + "\r\n" : "") + "\r\n";
  }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE("HTTP: method and path, and nothing else") {
  CHECK(names_in("GET / HTTP/1.1\r\n\r\n") == Names{"GET /"});
  CHECK(names_in("GET /a/b?token=1 HTTP/1.1\r\nHost: x\r\n\r\n") == Names{"GET /a/b"});
  CHECK(names_in("GET /cart;jsessionid=1F3?x HTTP/1.0\r\n\r\n") == Names{"GET /cart"});
  CHECK(names_in("OPTIONS * HTTP/1.1\r\n\r\n") == Names{"OPTIONS *"});
  CHECK(names_in("GET http://user:password@host:80/a?b HTTP/1.1\r\n\r\n") == Names{"GET /a"});
  CHECK(names_in("GET http://user:password@host HTTP/1.1\r\n\r\n") == Names{"GET /"});
  CHECK(names_in("GET http://host?query HTTP/1.1\r\n\r\n") == Names{"GET /"});
  CHECK(names_in("GET /a HTTP/1.1\nHost: x\n\n") == Names{"GET /a"});
}

TEST_CASE("HTTP: a path that is too long is cut, and said to be") {
  const std::string path = "/" + std::string(500, 'p');
  const std::string kept = ("GET " + path).substr(0, LS_REQUEST_TEXT);
  CHECK(names_in("GET " + path + " HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n") == Names{kept + "...", "GET /b"});
}

TEST_CASE("HTTP: a request counts when its head is complete") {
  Connection connection;
  connection.read("GET /a HTTP/1.1\r\nHost: x\r\n");
  CHECK(connection.names.empty());
  connection.read("\r");
  CHECK(connection.names.empty());
  connection.read("\n");
  CHECK(connection.names == Names{"GET /a"});
  CHECK(connection.finished == 1);
}

TEST_CASE("HTTP: a body in reads of its own") {
  Connection connection;
  connection.read("POST /a HTTP/1.1\r\nContent-Length: 30\r\n\r\n");
  CHECK(connection.names == Names{"POST /a"});
  CHECK(connection.finished == 0);
  connection.read("GET /body HTTP/1.1\r\n\r\n");
  connection.read("12345678GET /b HTTP/1.1\r\n\r\n");
  CHECK(connection.names == Names{"POST /a", "GET /b"});
  CHECK(connection.finished == 2);
  CHECK(connection.not_told == 0);
}

TEST_CASE("Redis: commands, pipelined, in lines, and with arguments that look like commands") {
  CHECK(names_in(command({"get", "key"}) + command({"PING"}) + "*0\r\n" +
                 command({"SET", "a", "*1\r\n$4\r\nEVIL\r\n"})) == Names{"GET", "PING", "SET"});
  CHECK(names_in("PING\r\n" + command({"ECHO", ""})) == Names{"PING", "ECHO"});
  Connection connection;
  connection.server_speaks_redis();
  connection.read("get key\r\nPING\r\nset a b\n");
  CHECK(connection.names == Names{"GET", "PING", "SET"});
  CHECK(names_in(command({"get", "key"}) + "del key\r\n") == Names{"GET", "DEL"});
}

TEST_CASE("a line of text is no command of Redis where no command came as an array") {
  for (const char* lines : {"PING\r\nhunter2\r\n", "PING\nUSER alice\n", "USER alice\r\nhunter2\r\nPING\r\n"}) {
    Connection connection;
    connection.read_in_parts(lines, 6);
    CHECK_FALSE(connection.speaks_redis());
    for (const std::string& name : connection.names) CHECK(name == "PING");
    CHECK(connection.memory().find("hunter") == std::string_view::npos);
    CHECK(connection.memory().find("HUNTER") == std::string_view::npos);
  }
}

TEST_CASE("Redis: a command counts when it is complete") {
  Connection connection;
  connection.read("*2\r\n$3\r\nGET\r\n$100000\r\n");
  connection.read(std::string(60000, 'x'));
  CHECK(connection.names.empty());
  connection.read(std::string(40000, 'x') + "\r\n");
  CHECK(connection.names == Names{"GET"});
}

TEST_CASE("thousands of pipelined and split requests are counted exactly, and nothing but names is kept") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    Client client(seed);
    Connection connection;
    Names log;
    std::string bytes;
    for (int i = 0; i < 100; ++i) bytes += seed % 2 ? client.next_http(log) : client.next_command(log);
    std::string_view rest = bytes;
    while (!rest.empty()) {
      const std::size_t n = client.below(seed % 3 ? 40 : 5000) + 1;
      connection.read(rest.substr(0, n));
      rest.remove_prefix(std::min(n, rest.size()));
      REQUIRE(connection.memory().find(kSecret.substr(0, 6)) == std::string_view::npos);
    }
    REQUIRE(connection.names == log);
    REQUIRE(connection.finished == 100);
    REQUIRE(connection.not_told == 0);
  }
}

TEST_CASE("TLS is told to be that, and nothing of it is") {
  Connection connection;
  connection.read(std::string("\x16\x03\x01\x02\x00\x01", 6));
  CHECK(connection.encrypted());
  connection.read("GET / HTTP/1.1\r\n\r\n");
  CHECK(connection.names.empty());
  Connection split;  // OpenSSL's first read is of a record's head, or of one byte
  split.read("\x16");
  split.read(std::string("\x03\x01\x02\x00\x01", 5));
  CHECK(split.encrypted());
}

TEST_CASE("other protocols are given up for good") {
  for (const char* first :
       {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "EHLO mail\r\n", "GET /a HTTP/1.1x\r\n\r\n", "*1\r\n:1\r\n", "get a\r\n",
        "*2\r\n$-1\r\n", "GET  /a HTTP/1.1\r\n\r\n", "*1\r\n$4\r\n\x01\x02\x03\x04\r\n"}) {
    CAPTURE(first);
    Connection connection;
    connection.read(first);
    connection.read("GET / HTTP/1.1\r\n\r\n");
    CHECK(connection.names.empty());
    CHECK(connection.not_told == 2);
  }
}

TEST_CASE("a connection that was open before is joined where a request begins") {
  Connection connection(false);
  connection.read("the rest of a body");
  connection.read("GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n");
  CHECK(connection.names == Names{"GET /a", "GET /b"});
  CHECK(connection.not_told == 1);
  connection.miss_a_read();
  connection.read("x: y\r\n\r\n");
  connection.read("GET /c HTTP/1.1\r\n\r\n");
  CHECK(connection.names == Names{"GET /a", "GET /b", "GET /c"});
  CHECK(connection.not_told == 2);
}

TEST_CASE("what comes after an upgrade is HTTP only if it begins as that does") {
  Connection connection;
  connection.read("GET /chat HTTP/1.1\r\nUpgrade: websocket\r\n\r\n");
  connection.read("\x81\x85 frame");
  connection.read("GET /a HTTP/1.1\r\n\r\n");
  CHECK(connection.names == Names{"GET /chat", "GET /a"});
  CHECK(connection.not_told == 1);
}

TEST_CASE("a tunnel is opaque") {
  Connection connection;
  connection.read("CONNECT user:password@host:443 HTTP/1.1\r\n\r\n");
  connection.read("GET /a HTTP/1.1\r\n\r\n");
  CHECK(connection.names == Names{"CONNECT"});
  CHECK(connection.not_told == 1);
}

TEST_CASE("garbage never makes it run out of its memory") {
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    Connection connection(i % 2 == 0);
    static constexpr std::string_view kLetters =
        "*$0123456789\r\n GETPOST/?:;HTTP/1.1 content-length transfer-encoding \x16\x03\xff";
    std::string bytes;
    for (int n = 0; n < 300; ++n) bytes += kLetters[random() % kLetters.size()];
    connection.read_in_parts(bytes, random() % 50 + 1);
    for (const std::string& name : connection.names) REQUIRE(name.size() <= LS_REQUEST_TEXT + 3);
  }
}
