// Who is named for a stall, and when nobody is.
#include "model/culprit.h"

#include "catch.h"
#include "stacks.h"

using namespace loopstall;
using namespace loopstall::stacks;

namespace {

const Cause kSleep{.kind = CauseKind::Timer, .syscall = "clock_nanosleep"};

Stack sleeping(std::uint32_t line = 42) {
  return Stack{kernel("do_nanosleep"),
               native("clock_nanosleep"),
               native("time_sleep", "/usr/bin/python3.11"),
               app("load", line),
               app("handler", 12),
               lib("run_endpoint_function", "/usr/lib/python3/fastapi/routing.py")} +
         asyncio();
}

Culprit blocked(const std::vector<EvidenceSample>& samples) {
  std::uint64_t sum = 0;
  for (const EvidenceSample& sample : samples) sum += sample.weight_ns;
  return culprit_of(samples, {.blocked_ns = sum}, sum);
}

Culprit computed(const Stack& stack) { return culprit_of({computing(stack, 100)}, {.cpu_ns = 100}, 100); }

}  // namespace

TEST_CASE("the handler is the user's outermost frame, the culprit the innermost") {
  const Culprit culprit = blocked({asleep(kSleep, sleeping(), 100)});
  CHECK(culprit.unnamed == Unnamed::No);
  CHECK(culprit.handler == app("handler", 12));
  CHECK(culprit.frame == app("load", 42));
  CHECK(culprit.weight_ns == 100);
}

TEST_CASE("a handler that blocks itself is both") {
  const Culprit culprit = blocked({asleep(kSleep, Stack{native("time_sleep"), app("handler", 12)} + asyncio(), 100)});
  CHECK(culprit.handler == app("handler", 12));
  CHECK(culprit.frame == app("handler", 12));
}

TEST_CASE("the line is that of the most time") {
  const Culprit culprit = blocked({asleep(kSleep, sleeping(42), 30), asleep(kSleep, sleeping(47), 40)});
  CHECK(culprit.frame.line == 47);
  CHECK(culprit.weight_ns == 70);
}

TEST_CASE("among several functions the innermost one that all the time went through is named") {
  const Stack outside = Stack{app("handler", 12)} + asyncio();
  const auto below = [&](const char* name) { return computing(Stack{app(name, 50)} + outside, 30); };
  const Culprit culprit = culprit_of({below("a"), below("b"), below("c")}, {.cpu_ns = 90}, 90);
  CHECK(culprit.frame == app("handler", 12));
  CHECK(culprit.handler == app("handler", 12));
  CHECK(culprit.weight_ns == 90);
}

TEST_CASE("what branches, and meets again in one function of the user's, is in that function") {
  const auto route = [](const char* name) {
    return computing(Stack{app("spin", 5), app(name, 50), app("middleware", 10)} + asyncio(), 30);
  };
  const Culprit culprit = culprit_of({route("a"), route("b"), route("c")}, {.cpu_ns = 90}, 90);
  CHECK(culprit.frame == app("spin", 5));
  CHECK(culprit.handler == app("middleware", 10));
  CHECK(culprit.weight_ns == 90);
}

TEST_CASE("a middleware is not blamed for what several handlers do that its framework calls") {
  const auto route = [](const char* name, std::uint64_t ns) {
    return computing(Stack{app(name, 50), lib("app", "/usr/lib/python3/dist-packages/starlette/routing.py"),
                           app("Middleware.__call__", 10)} +
                         asyncio(),
                     ns);
  };
  const Culprit nobody = culprit_of({route("a", 30), route("b", 30), route("c", 30)}, {.cpu_ns = 90}, 90);
  CHECK(nobody.unnamed == Unnamed::Several);
  CHECK_FALSE(nobody.known());
  const Culprit most = culprit_of({route("a", 60), route("b", 30)}, {.cpu_ns = 90}, 90);
  CHECK(most.frame == app("a", 50));
  CHECK(most.handler == app("a", 50));
  const auto own = computing(Stack{app("Middleware.__call__", 12)} + asyncio(), 60);
  CHECK(culprit_of({own, route("a", 30), route("b", 25)}, {.cpu_ns = 115}, 115).frame ==
        app("Middleware.__call__", 12));
}

TEST_CASE("half of the time is not enough to be named") {
  const auto handler = [](const char* name, std::uint64_t ns) {
    return computing(Stack{app(name, 50)} + asyncio(), ns);
  };
  CHECK(culprit_of({handler("a", 50), handler("b", 50)}, {.cpu_ns = 100}, 100).unnamed == Unnamed::Several);
  CHECK(culprit_of({handler("a", 51), handler("b", 49)}, {.cpu_ns = 100}, 100).frame.function == "a");
}

TEST_CASE("many handlers that block in one function of the user's: that one is named, without a handler") {
  const auto via = [](const char* name) {
    return asleep(kSleep, Stack{app("query", 9), app(name, 50)} + asyncio(), 10);
  };
  const Culprit culprit = blocked({via("a"), via("b"), via("c")});
  CHECK(culprit.frame == app("query", 9));
  CHECK(culprit.handler.function.empty());
  CHECK(culprit.unnamed == Unnamed::No);
}

TEST_CASE("without user's code the handler is what the loop dispatched, and no frame is the user's") {
  const Frame asgi = lib("RequestResponseCycle.run_asgi", "/usr/lib/python3/dist-packages/uvicorn/httptools_impl.py");
  const Culprit culprit = blocked({asleep(
      {.kind = CauseKind::File}, Stack{native("write"), lib("emit", "logging/__init__.py"), asgi} + asyncio(), 10)});
  CHECK(culprit.handler == asgi);
  CHECK(culprit.frame.function.empty());
  CHECK(&culprit.named() == &culprit.handler);
}

TEST_CASE("the loop's own work is nobody's: the interpreter's C frames inside it are no handler") {
  const Stack select = Stack{native("epoll_wait"), native("select_epoll_poll", "/usr/bin/python3.11")} + asyncio();
  CHECK(computed(select).unnamed == Unnamed::LoopItself);
  CHECK(computed(asyncio()).unnamed == Unnamed::LoopItself);
  CHECK_FALSE(computed(select).known());
}

TEST_CASE("a loop nested in a handler belongs to that handler") {
  const Stack nested = Stack{app("inner", 70)} + asyncio() + Stack{app("handler", 12)} + asyncio();
  const Culprit culprit = computed(nested);
  CHECK(culprit.handler.function == "handler");
  CHECK(culprit.frame.function == "inner");
}

TEST_CASE("C frames between the loop's frames are the loop's") {
  Stack stack = Stack{app("handler", 12), native("task_step", "/usr/bin/python3.11")} + asyncio();
  stack.insert(stack.begin() + 3, native("context_run", "/usr/bin/python3.11"));
  CHECK(computed(stack).handler.function == "handler");
}

TEST_CASE("native: the callback above the loop's frames") {
  const std::string redis = "/usr/bin/redis-server";
  const Stack keys = {own("stringmatchlen", redis),          own("keysCommand", redis),    own("processCommand", redis),
                      native_loop("aeProcessEvents", redis), native_loop("aeMain", redis), native_loop("main", redis)};
  const Culprit culprit = computed(keys);
  CHECK(culprit.handler.function == "processCommand");
  CHECK(culprit.frame.function == "stringmatchlen");
  const Stack library = {native("je_malloc", "/usr/lib/libjemalloc.so.2"), native_loop("main", redis)};
  CHECK(computed(library).handler.function == "je_malloc");
}

TEST_CASE("without the loop in the stack nobody knows what it dispatched") {
  EvidenceSample sample = computing({own("f", "/srv/server"), own("main", "/srv/server")}, 100);
  const auto culprit = [&] { return culprit_of({sample}, {.cpu_ns = 100}, 100); };
  CHECK(culprit().unnamed == Unnamed::NoLoop);
  sample.complete = false;
  CHECK(culprit().unnamed == Unnamed::NoLoop);
  sample.stack.clear();
  CHECK(culprit().unnamed == Unnamed::NoLoop);
}

TEST_CASE("a deep recursion that hides the loop still names the user's innermost Python function") {
  EvidenceSample sample = computing(Stack(200, app("render", 88)), 100);
  sample.complete = false;
  const Culprit culprit = culprit_of({sample}, {.cpu_ns = 100}, 100);
  CHECK(culprit.frame == app("render", 88));
  CHECK(culprit.handler.function.empty());
}

TEST_CASE("who waits for the GIL is a victim: its holder is named") {
  const Stack holder = {app("compress", 31, "/srv/shop/worker.py"), lib("run", "/usr/lib/python3.11/threading.py")};
  const Stack waiting = Stack{native("take_gil", "/usr/bin/python3.11"), app("healthy", 5)} + asyncio();
  const Culprit culprit = blocked({gil_wait(waiting, holder, 80), asleep(kSleep, sleeping(), 20)});
  CHECK(culprit.held_gil);
  CHECK(culprit.frame == holder[0]);
  const Culprit unknown = blocked({gil_wait(waiting, {}, 80)});
  CHECK(unknown.unnamed == Unnamed::NoHolder);
  CHECK_FALSE(unknown.held_gil);
}

TEST_CASE("a GIL's holder that is no user's code is named by its innermost frame") {
  const Stack holder = {lib("_worker_loop", "/usr/lib/python3.11/zipfile.py"),
                        lib("run", "/usr/lib/python3.11/threading.py")};
  const Culprit culprit = blocked({gil_wait(asyncio(), holder, 80)});
  CHECK(culprit.handler == holder[0]);
  CHECK(culprit.frame.function.empty());
}

TEST_CASE("a handler that was stopped, or had no CPU, is not to blame") {
  const EvidenceSample sample = computing(sleeping(), 40);
  CHECK(culprit_of({sample}, {.cpu_ns = 40, .runqueue_ns = 60}, 100).unnamed == Unnamed::Outside);
  CHECK(culprit_of({sample}, {.cpu_ns = 40}, 100).unnamed == Unnamed::Outside);  // the virtual machine did not run
  CHECK(culprit_of({sample}, {.cpu_ns = 40, .runqueue_ns = 30}, 70).unnamed == Unnamed::No);
  const EvidenceSample stop = asleep({.kind = CauseKind::Stopped}, sleeping(), 60);
  CHECK(culprit_of({sample, stop}, {.cpu_ns = 40, .blocked_ns = 60}, 100).unnamed == Unnamed::Outside);
}

TEST_CASE("few looks name nobody, and the budget is told from chance") {
  const std::vector<EvidenceSample> few{computing(sleeping(), 40)};
  CHECK(culprit_of(few, {.cpu_ns = 100}, 100).unnamed == Unnamed::NoLook);
  CHECK(culprit_of(few, {.cpu_ns = 100}, 100, 3).unnamed == Unnamed::Withheld);
  CHECK(culprit_of({}, {.cpu_ns = 100}, 100).unnamed == Unnamed::NoLook);
  CHECK(culprit_of({}, {}, 0).unnamed == Unnamed::NoLook);
}
