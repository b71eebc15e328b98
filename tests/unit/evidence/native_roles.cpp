#include "evidence/native_roles.h"

#include "catch.h"

using namespace loopstall;

namespace {

const std::string kProgram = "/usr/bin/server";

NativeCall call(std::uint64_t cfa, const std::string& function, const std::string& module = kProgram) {
  Frame frame;
  frame.function = function;
  frame.module = module;
  return {cfa, {frame}};
}

// run_loop calls epoll_wait through libc, and handlers.
std::vector<NativeCall> at_wait() {
  return {call(0x100, "epoll_wait", "/lib/libc.so.6"), call(0x200, "run_loop"), call(0x300, "main")};
}

std::vector<FrameRole> roles_of(std::vector<NativeCall> calls, const std::vector<NativeCall>& wait) {
  assign_native_roles(calls, wait, kProgram);
  std::vector<FrameRole> roles;
  for (const NativeCall& c : calls)
    for (const Frame& frame : c.frames) roles.push_back(frame.role);
  return roles;
}

constexpr FrameRole User = FrameRole::User, Library = FrameRole::Library, Loop = FrameRole::Loop;

}  // namespace

TEST_CASE("what stands inside the innermost call that both stacks share was dispatched") {
  CHECK(roles_of({call(0x80, "read", "/lib/libc.so.6"), call(0x180, "load"), call(0x1c0, "on_request"),
                  call(0x200, "run_loop"), call(0x300, "main")},
                 at_wait()) == std::vector{Library, User, User, Loop, Loop});
}

TEST_CASE("a call at another place of the stack is another call") {
  CHECK(roles_of({call(0x180, "load"), call(0x1f0, "run_loop"), call(0x300, "main")}, at_wait()) ==
        std::vector{User, User, Loop});
}

TEST_CASE("without a look at the wait there is no loop") {
  CHECK(roles_of({call(0x180, "load"), call(0x300, "main")}, {}) == std::vector{User, User});
}

TEST_CASE("calls whose frame is not known are not shared") {
  CHECK(roles_of({call(0, "load"), call(0, "main")}, {call(0, "epoll_wait"), call(0, "main")}) ==
        std::vector{User, User});
}

TEST_CASE("the loop library's own calls between the loop and the handler belong to it") {
  const std::vector<NativeCall> wait{call(0x100, "epoll_wait", "/lib/libc.so.6"), call(0x180, "uv__io_poll"),
                                     call(0x200, "uv_run"), call(0x300, "main")};
  CHECK(roles_of({call(0x80, "load"), call(0xc0, "on_read"), call(0x180, "uv__stream_io"), call(0x200, "uv_run"),
                  call(0x300, "main")},
                 wait) == std::vector{User, User, Loop, Loop, Loop});
}

TEST_CASE("functions without a name belong to the loop if they stand in the loop's shared library") {
  const std::string libuv = "/usr/lib/x86_64-linux-gnu/libuv.so.1.0.0";
  const std::vector<NativeCall> wait{call(0x180, "", libuv), call(0x200, "uv_run", libuv), call(0x300, "main")};
  CHECK(roles_of({call(0x80, "on_timer"), call(0xc0, "", libuv), call(0x200, "uv_run", libuv), call(0x300, "main")},
                 wait) == std::vector{User, Loop, Loop, Loop});
  CHECK(roles_of({call(0x80, "on_timer", "/srv/libevent_server"), call(0x200, "uv_run", libuv)}, wait) ==
        std::vector{Library, Loop});
}

TEST_CASE("of Node the loop is known, and its own code is a library's; of CPython only Python's frames tell") {
  const auto roles_in = [](const std::string& program) {
    const std::vector<NativeCall> wait{call(0x180, "uv__io_poll", program), call(0x200, "uv_run", program)};
    std::vector<NativeCall> calls{call(0x80, "node::Environment::RunTimers", program),
                                  call(0xc0, "uv__run_timers", program), call(0x200, "uv_run", program)};
    assign_native_roles(calls, wait, program);
    return std::vector{calls[0].frames[0].role, calls[1].frames[0].role, calls[2].frames[0].role};
  };
  CHECK(roles_in("/usr/bin/node") == std::vector{Library, Loop, Loop});
  CHECK(roles_in("/usr/bin/python3.11") == std::vector{Library, Library, Library});
}

TEST_CASE("a handler that was inlined into the loop's function is told from it") {
  std::vector<NativeCall> stall{call(0x80, "load"), call(0x200, "run_loop"), call(0x300, "main")};
  Frame handler = stall[1].frames[0];
  handler.function = "on_request";
  handler.inlined = true;
  stall[1].frames.insert(stall[1].frames.begin(), handler);
  CHECK(roles_of(stall, at_wait()) == std::vector{User, User, Loop, Loop});
}

TEST_CASE("what is compiled into the program but nobody's own is a library's") {
  CHECK(roles_of({call(0x80, "std::sort<int*>"), call(0x90, "boost::asio::detail::scheduler::run"), call(0xa0, "load")},
                 {}) == std::vector{Library, Library, User});
}
