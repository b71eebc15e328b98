// Stacks recorded from real programs, innermost first: "function file".
#include "runtimes/cpython_roles.h"

#include <sstream>

#include "catch.h"

using namespace loopstall;

namespace {

Stack parse(const std::string& text) {
  Stack stack;
  std::istringstream lines(text);
  for (std::string function, file; lines >> function >> file;)
    stack.push_back({.kind = FrameKind::Python, .role = python_role(file), .function = function, .file = file});
  return stack;
}

// A letter per frame: U(ser), L(ibrary), - (the loop).
std::string roles(const std::string& text, bool truncated = false, std::size_t outside = 0) {
  auto stack = parse(text);
  assign_python_roles(stack, truncated, outside);
  std::string out;
  for (const auto& frame : stack)
    out += frame.role == FrameRole::User ? 'U' : frame.role == FrameRole::Library ? 'L' : '-';
  return out;
}

// What is outside a handler on asyncio's own loop, 3.11 and 3.8.
const std::string kLoop311 =
    "Handle._run /usr/lib/python3.11/asyncio/events.py\n"
    "BaseEventLoop._run_once /usr/lib/python3.11/asyncio/base_events.py\n"
    "BaseEventLoop.run_forever /usr/lib/python3.11/asyncio/base_events.py\n"
    "BaseEventLoop.run_until_complete /usr/lib/python3.11/asyncio/base_events.py\n"
    "Runner.run /usr/lib/python3.11/asyncio/runners.py\n"
    "run /usr/lib/python3.11/asyncio/runners.py\n"
    "<module> /srv/app/main.py\n";
const std::string kLoop38 =
    "_run /opt/python/lib/python3.8/asyncio/events.py\n"
    "_run_once /opt/python/lib/python3.8/asyncio/base_events.py\n"
    "run_forever /opt/python/lib/python3.8/asyncio/base_events.py\n"
    "run_until_complete /opt/python/lib/python3.8/asyncio/base_events.py\n"
    "run /opt/python/lib/python3.8/asyncio/runners.py\n"
    "<module> /srv/app/main.py\n";
const std::string kUvloop =
    "Runner.run /usr/lib/python3.11/asyncio/runners.py\n"
    "run /usr/lib/python3.11/asyncio/runners.py\n"
    "<module> /srv/app/main.py\n";

std::string without_first_line(const std::string& text) { return text.substr(text.find('\n') + 1); }

}  // namespace

TEST_CASE("whose a file is") {
  for (const auto* file :
       {"/usr/lib/python3.11/json/decoder.py", "/opt/python/lib/python3.8/socket.py", "/usr/lib64/python3.13/ssl.py",
        "/usr/lib/python311.zip/json/decoder.py", "/opt/ft/lib/python3.13t/ssl.py",
        "/srv/venv/lib/python3.12/site-packages/requests/api.py", "/usr/lib/python3/dist-packages/uvicorn/main.py",
        "<frozen importlib._bootstrap>", "<attrs generated init app.Point>"})
    CHECK(python_role(file) == FrameRole::Library);
  for (const auto* file : {"/srv/app/main.py", "main.py", "<string>", "<stdin>", "/home/me/lib/python3/tool.py",
                           "/srv/lib/python3tools/x.py", "/srv/asyncio/events.py", ""})
    CHECK(python_role(file) == FrameRole::User);
}

TEST_CASE("a task's step") {
  CHECK(roles("sleepy /srv/app/main.py\nhandler /srv/app/main.py\n" + kLoop311) == "UU-------");
  CHECK(roles("sleepy /srv/app/main.py\nhandler /srv/app/main.py\n" + kLoop38) == "UU------");
}

TEST_CASE("library code on both sides of the user's") {
  CHECK(roles("readinto /usr/lib/python3.11/socket.py\n"
              "get /usr/lib/python3/dist-packages/requests/api.py\n"
              "handler /srv/app/main.py\n"
              "run_endpoint_function /usr/lib/python3/dist-packages/fastapi/routing.py\n" +
              kLoop311) == "LLUL-------");
}

TEST_CASE("asyncio's own frames just inside Handle._run are the loop's") {
  CHECK(roles("Proto.data_received /srv/app/main.py\n"
              "_SelectorSocketTransport._read_ready__data_received /usr/lib/python3.11/asyncio/selector_events.py\n"
              "_SelectorSocketTransport._read_ready /usr/lib/python3.11/asyncio/selector_events.py\n" +
              kLoop311) == "U---------");
  CHECK(roles("work /srv/app/main.py\nwait_for /usr/lib/python3.11/asyncio/tasks.py\nhandler /srv/app/main.py\n" +
              kLoop311) == "ULU-------");
}

TEST_CASE("of nested loops the outermost is measured") {
  const std::string nested =
      "inner /srv/app/main.py\n"
      "Handle._run /usr/lib/python3.11/asyncio/events.py\n"
      "BaseEventLoop._run_once /usr/lib/python3.11/asyncio/base_events.py\n"
      "BaseEventLoop.run_forever /usr/lib/python3.11/asyncio/base_events.py\n"
      "BaseEventLoop.run_until_complete /usr/lib/python3.11/asyncio/base_events.py\n"
      "handler /srv/app/main.py\n";
  CHECK(roles(nested + kLoop311) == "ULLLLU-------");
}

TEST_CASE("trio steps tasks itself") {
  const std::string trio =
      "unrolled_run /usr/lib/python3/dist-packages/trio/_core/_run.py\n"
      "run /usr/lib/python3/dist-packages/trio/_core/_run.py\n"
      "<module> /srv/app/main.py\n";
  CHECK(roles("handler /srv/app/main.py\n" + trio) == "U---");
  CHECK(roles("handler /srv/app/main.py\n_run_handler /usr/lib/python3/dist-packages/trio/_highlevel_serve.py\n" +
              trio) == "UL---");
  CHECK(roles("inner /srv/app/main.py\n" + kLoop311 + trio) == "ULLLLLLU---");
  CHECK(roles("handler /srv/app/main.py\n" + trio + kLoop311) == "ULLU-------");
}

TEST_CASE("the loop itself without a handler") {
  const auto loop = without_first_line(kLoop311);
  CHECK(roles(loop) == "------");
  CHECK(roles("EpollSelector.select /usr/lib/python3.11/selectors.py\n" + loop) == "-------");
  CHECK(roles("_SelectorTransport.__del__ /usr/lib/python3.11/asyncio/selector_events.py\n" + kLoop311) == "--------");
}

TEST_CASE("user code that the interpreter runs inside the loop: a signal handler, a finaliser") {
  const auto loop = without_first_line(kLoop311);
  CHECK(roles("on_signal /srv/app/main.py\n" + loop) == "U------");
  CHECK(roles("Thing.__del__ /srv/app/main.py\nEpollSelector.select /usr/lib/python3.11/selectors.py\n" + loop) ==
        "UL------");
  CHECK(roles("inner /srv/app/main.py\n" + kLoop311 + loop) == "ULLLLLLU------");
}

TEST_CASE("uvloop, whose frames are not Python's") {
  CHECK(roles("sleepy /srv/app/main.py\nhandler /srv/app/main.py\n" + kUvloop) == "UU---");
  CHECK(roles(kUvloop) == "---");
  CHECK(roles("handler /srv/app/main.py\n"
              "asyncio_run /srv/venv/lib/python3.11/site-packages/uvicorn/_compat.py\n"
              "Server.run /srv/venv/lib/python3.11/site-packages/uvicorn/server.py\n") == "U--");
  // A nested asyncio.run in a handler.
  CHECK(roles("inner /srv/app/main.py\n"
              "Runner.run /usr/lib/python3.11/asyncio/runners.py\nrun /usr/lib/python3.11/asyncio/runners.py\n"
              "handler /srv/app/main.py\n" +
              kUvloop) == "ULLU---");
}

TEST_CASE("a loop without a frame of its own, of which it is known what is outside it") {
  const std::string callers = "start /srv/app/main.py\n<module> /srv/app/main.py\n";
  CHECK(roles("sleepy /srv/app/main.py\nhandler /srv/app/main.py\n" + callers, false, 2) == "UU--");
  CHECK(roles("handler /srv/app/main.py\nrun_app /usr/lib/python3/dist-packages/aiohttp/web.py\n" + callers, false,
              3) == "U---");
  CHECK(roles(callers, false, 2) == "--");
  CHECK(roles("handler /srv/app/main.py\n" + callers, true, 2) == "UUU");
  CHECK(roles("handler /srv/app/main.py\n" + kUvloop, false, 1) == "U---");
}

TEST_CASE("no loop is known without its frames") {
  CHECK(roles("down /srv/app/main.py\ndown /srv/app/main.py\n", true) == "UU");
  CHECK(roles("down /srv/app/main.py\n" + kLoop311, true) == "ULLLLLLU");
  CHECK(roles("main /srv/app/main.py\n<module> /srv/app/main.py\n") == "UU");
  CHECK(roles("") == "");
}

TEST_CASE("the user's own function of the same name is no loop") {
  CHECK(roles("run /srv/app/runners.py\n_run /srv/asyncio/events.py\n<module> /srv/app/main.py\n") == "UUU");
}
