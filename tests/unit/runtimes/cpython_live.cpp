// Layouts, the walk and names on every CPython that this machine has, against what the interpreter says of itself.
#include <fmt/format.h>

#include "catch.h"
#include "live_python.h"
#include "runtimes/cpython_find.h"
#include "runtimes/cpython_names.h"
#include "runtimes/cpython_walk.h"

using namespace loopstall;
using test::for_each_python;
using test::live_layout;
using test::PythonProgram;

namespace {

// Functions of all kinds around the sleep. Deep is made often enough for the interpreter to specialise its call.
const std::string kNested = test::kTell + R"(
import asyncio
class Deep:
    class Inner:
        def __init__(self, rest):
            self.rest = rest()
        @staticmethod
        def naïve_Ж_функция(rest): return rest()
        def __getattr__(self, name):
            return (lambda:
                time.sleep(tell()) if name == 'go' else
                None)()
def make(i):
    def rest():
        if i == 199:
            Deep.Inner(lambda: 1).go
    return Deep.Inner(rest)
def generator():
    for i in range(200):
        yield make(i)
def comprehend():
    return {k: [x for x in g] for k, g in [(1, generator())]}
async def inner():
    for i in map(lambda f: Deep.Inner.naïve_Ж_функция(f), [comprehend]):


        pass
async def outer():
    await asyncio.sleep(0)
    await asyncio.wait_for(inner(), 100)
def main():
    asyncio.run(outer())
exec(compile('main()', '<string>', 'exec'))
)";

const std::string kDeep = test::kTell + R"(
def down(n):
    if n:
        return down(n - 1)
    time.sleep(tell())
down(500)
)";

const std::string kUvloop = test::kTell + R"(
import asyncio, uvloop
def blocking():
    time.sleep(tell())
async def handler():
    blocking()
uvloop.install()
asyncio.run(handler())
)";

std::string as_told(const Frame& frame) {
  return fmt::format("{}|{}|{}|{}", frame.function, frame.file, frame.line, frame.first_line);
}

std::vector<std::string> as_told(const Stack& stack) {
  std::vector<std::string> lines;
  for (const auto& frame : stack) lines.push_back(as_told(frame));
  return lines;
}

}  // namespace

TEST_CASE("function, file and line of every frame are what Python says") {
  for_each_python(kNested, "été_스크립트.py", [](const PythonProgram& program, const PythonLayout& layout) {
    const auto stack = read_python_stack(ProcessMemory(program.pid()), layout, {.pointer = program.thread_pointer()});
    CHECK_FALSE(stack.failed);
    CHECK_FALSE(stack.truncated);
    CHECK(stack.tid == (layout.minor >= 11 ? program.pid() : 0));
    PythonNames names(program.pid(), layout);
    CHECK(as_told(names.stack(stack.frames)) == program.lines());
    CHECK(names.lost() == 0);
  });
}

TEST_CASE("a thread is also found by the id that Python knows it by") {
  for_each_python(kNested, "script.py", [](const PythonProgram& program, const PythonLayout& layout) {
    const ProcessMemory memory(program.pid());
    const auto by_tid = read_python_stack(memory, layout, {.tid = program.pid()});
    const auto by_pointer = read_python_stack(memory, layout, {.pointer = program.thread_pointer()});
    if (layout.minor >= 11)
      CHECK(by_tid.frames == by_pointer.frames);
    else
      CHECK(by_tid.failed);
    CHECK(read_python_stack(memory, layout, {.pointer = 4096}).failed);
    CHECK(read_python_stack(memory, layout, {}).failed);
  });
}

TEST_CASE("what the loop dispatched is told from the loop") {
  for_each_python(kNested, "script.py", [](const PythonProgram& program, const PythonLayout& layout) {
    const auto stack = read_python_stack(ProcessMemory(program.pid()), layout, {.pointer = program.thread_pointer()});
    const auto named = PythonNames(program.pid(), layout).stack(stack.frames);
    std::size_t dispatched = 0;
    while (dispatched < named.size() && named[dispatched].role != FrameRole::Loop) ++dispatched;
    REQUIRE(dispatched > 0);
    // Up to 3.11 wait_for makes a task of its own, later it awaits in outer's.
    CHECK(named[dispatched - 1].function == (layout.minor >= 12 ? "outer" : "inner"));
    for (std::size_t i = dispatched; i < named.size(); ++i) CHECK(named[i].role == FrameRole::Loop);
    CHECK(named[0].role == FrameRole::User);
    CHECK(named.back().function == "<module>");
  });
}

TEST_CASE("what uvloop dispatched is told from the loop") {
  const PythonProgram program("/usr/bin/python3", kUvloop);
  if (program.lines().empty()) {
    WARN("skipped: no uvloop for /usr/bin/python3");
    return;
  }
  const auto layout = live_layout(program.pid());
  REQUIRE(layout);
  const auto stack = read_python_stack(ProcessMemory(program.pid()), *layout, {.pointer = program.thread_pointer()});
  const auto named = PythonNames(program.pid(), *layout).stack(stack.frames);
  CHECK(as_told(named) == program.lines());
  REQUIRE(named.size() > 3);
  CHECK(named[1].function == "handler");
  CHECK(named[1].role == FrameRole::User);
  CHECK(named[2].role == FrameRole::Loop);
}

TEST_CASE("a deep stack is cut at its outer end") {
  for_each_python(kDeep, "script.py", [](const PythonProgram& program, const PythonLayout& layout) {
    const auto stack = read_python_stack(ProcessMemory(program.pid()), layout, {.pointer = program.thread_pointer()});
    CHECK(stack.truncated);
    REQUIRE(stack.frames.size() == 96);
    const auto named = PythonNames(program.pid(), layout).stack(stack.frames, stack.truncated);
    for (std::size_t i = 0; i < named.size(); ++i) CHECK(as_told(named[i]) == program.lines()[i]);
  });
}

TEST_CASE("versions that are not known are refused with their name") {
  for (const std::string minor : {"3.6", "3.7"}) {
    const auto python = test::pyenv_python(minor);
    if (python.empty()) {
      WARN("skipped: no CPython " << minor);
      continue;
    }
    const PythonProgram program(python, test::kTell + "time.sleep(tell())\n");
    const auto layout = live_layout(program.pid());
    REQUIRE_FALSE(layout);
    CHECK(layout.error().message == "CPython " + minor + ": this version is not known");
  }
}

TEST_CASE("a process without Python is no CPython") {
  const auto layout = live_layout(::getpid());
  REQUIRE_FALSE(layout);
  CHECK(layout.error().message == "no CPython");
}
