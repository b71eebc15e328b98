#include "evidence/mixed_stack.h"

#include "catch.h"
#include "stacks.h"

using namespace loopstall;
using namespace loopstall::stacks;

namespace {

const std::string kPython = "/usr/bin/python3.11";

std::vector<std::string> functions(const Stack& stack) {
  std::vector<std::string> names;
  for (const Frame& frame : stack) names.push_back(frame.function);
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("without Python frames the native ones are as they were") {
  const Stack native_part{native("read"), own("load", "/usr/bin/server"), native_loop("main", "/usr/bin/server")};
  const Stack all = mixed_stack({kernel("tcp_recvmsg")}, native_part, {});
  CHECK(functions(all) == Names{"tcp_recvmsg", "read", "load", "main"});
  CHECK(all[2].role == FrameRole::User);
}

TEST_CASE("Python frames stand in for the interpreter's; what the innermost one called stays") {
  const Stack native_part{native("recv"), own("sock_recv", kPython), own("_PyObject_Vectorcall", kPython),
                          own("_PyEval_EvalFrameDefault", kPython), own("main", kPython)};
  const Stack all = mixed_stack({kernel("tcp_recvmsg")}, native_part, {app("load", 88), loop("run", "events.py")});
  CHECK(functions(all) == Names{"tcp_recvmsg", "recv", "sock_recv", "load", "run"});
  CHECK(all[2].role == FrameRole::Library);
  CHECK(all[3].role == FrameRole::User);
}

TEST_CASE("only the innermost evaluation counts: Python that called C that called Python") {
  const Stack native_part{native("recv"), own("_PyEval_EvalFrameDefault", kPython), own("PyObject_Call", kPython),
                          own("_PyEval_EvalFrameDefault", kPython)};
  CHECK(functions(mixed_stack({}, native_part, {app("inner", 5), app("outer", 8)})) == Names{"recv", "inner", "outer"});
}

TEST_CASE("an unnamed function of the interpreter is glue, one of a module is not") {
  const Stack native_part{native("_json.so!+0x100", "/lib/_json.so"), own("python3.11!+0x1a2b", kPython),
                          own("_PyEval_EvalFrameDefault", kPython)};
  CHECK(functions(mixed_stack({}, native_part, {app("dump", 5)})) == Names{"_json.so!+0x100", "dump"});
}

TEST_CASE("if nothing tells where Python begins, no native frame is shown as called by it") {
  CHECK(functions(mixed_stack({}, {native("recv"), own("python3.11!+0x10", kPython)}, {app("load", 88)})) ==
        Names{"load"});
}
