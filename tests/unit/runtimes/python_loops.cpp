// Whose loop runs, on every CPython that this machine has. The functions are made up: what counts is their names.
#include "runtimes/python_loops.h"

#include "live_python.h"
#include "runtimes/cpython_tasks.h"
#include "runtimes/runtime.h"

using namespace loopstall;
using test::PythonProgram;

namespace {

const std::string kTrio = test::kTell + R"(
exec(compile('def run(function): function()', '/srv/site-packages/trio/_core/_run.py', 'exec'))
def sleep(): time.sleep(tell())
)";
const std::string kInThread = R"(
import threading
thread = threading.Thread(target=lambda: asyncio.run(asyncio.sleep(60)), daemon=True)
thread.start()
time.sleep(0.1)
)";

std::string runtime_of(const PythonProgram& program) {
  return detect_runtime(ProcFs(), ProcFs().process(program.pid()).value_or(ProcessInfo{})).name;
}

const std::string kManyThreads = R"(
import threading
for _ in range(300): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
)";

// A process' memory, and how often it was read.
class CountedMemory : public TargetMemory {
 public:
  explicit CountedMemory(int pid) : memory_(pid) {}
  bool read(std::uint64_t address, void* buffer, std::size_t length) const override {
    ++reads;
    return memory_.read(address, buffer, length);
  }
  mutable int reads = 0;

 private:
  ProcessMemory memory_;
};

PythonLoops loops_of(const PythonProgram& program, const PythonLayout& layout) {
  return running_loops(ProcessMemory(program.pid()), layout);
}

}  // namespace

TEST_CASE("trio is told by what runs, not by what is imported") {
  test::for_each_python(kTrio + "import asyncio\nrun(sleep)\n", "script.py",
                        [](const PythonProgram& program, const PythonLayout& layout) {
                          CHECK(loops_of(program, layout) == PythonLoops{.trio = true});
                          CHECK(runtime_of(program).ends_with(", trio"));
                        });
}

TEST_CASE("both may run, in threads of their own") {
  test::for_each_python(kTrio + "import asyncio\n" + kInThread + "run(sleep)\n", "script.py",
                        [](const PythonProgram& program, const PythonLayout& layout) {
                          CHECK(loops_of(program, layout) == PythonLoops{.asyncio = true, .trio = true});
                          CHECK(runtime_of(program).ends_with(", asyncio, trio"));
                        });
}

TEST_CASE("asyncio that is only imported is presumed") {
  test::for_each_python(kTrio + "import asyncio\nsleep()\n", "script.py",
                        [](const PythonProgram& program, const PythonLayout& layout) {
                          CHECK(loops_of(program, layout) == PythonLoops{});
                          CHECK(runtime_of(program).ends_with(", asyncio"));
                        });
}

TEST_CASE("of many threads only the oldest are looked at") {
  test::for_each_python(kTrio + kManyThreads + "run(sleep)\n", "script.py",
                        [](const PythonProgram& program, const PythonLayout& layout) {
                          CHECK(loops_of(program, layout) == PythonLoops{.trio = true});
                        });
  test::for_each_python(kTrio + kManyThreads + "sleep()\n", "script.py",
                        [](const PythonProgram& program, const PythonLayout& layout) {
                          const CountedMemory memory(program.pid());
                          CHECK(running_loops(memory, layout) == PythonLoops{});
                          CHECK(memory.reads < 5'000);
                        });
}

TEST_CASE("trio's tasks need no asyncio") {
  test::for_each_python(kTrio + "run(sleep)\n", "script.py",
                        [](const PythonProgram& program, const PythonLayout& layout) {
                          const auto process = ProcFs().process(program.pid());
                          REQUIRE(process);
                          const auto plan = plan_python_tasks(ProcFs(), *process, layout);
                          INFO((plan ? "" : plan.error().message));
                          CHECK(plan);
                        });
}
