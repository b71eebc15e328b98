// Plans for every CPython that this machine has, against what the interpreter says of itself.
#include "runtimes/cpython_tasks.h"

#include "catch.h"
#include "live_python.h"
#include "runtimes/x86_instruction.h"
#include "target/target_file.h"

using namespace loopstall;
using test::PythonProgram;

namespace {

// Names of types and their addresses, and the PyMethodDefs of a coroutine's bound methods; then a sleep inside a task.
const std::string kTypes = test::kTell + R"(
import asyncio, ctypes, types
async def main():
    async def agen(): yield
    asend = agen().asend(None)
    coroutine = main()
    for name, kind in dict(function=types.FunctionType, method=types.MethodType, builtin=types.BuiltinFunctionType,
                           coroutine=types.CoroutineType, generator=types.GeneratorType, asend=type(asend), none=None).items():
        print(name, id(kind), sep='=')
    for bound in coroutine.send, coroutine.throw:
        print(bound.__name__, ctypes.c_uint64.from_address(id(bound) + 16).value, sep='=')
    asend.close(), coroutine.close()
    time.sleep(tell())
asyncio.run(main())
)";

std::uint64_t told(const PythonProgram& program, const std::string& name) {
  for (const auto& line : program.lines())
    if (line.starts_with(name + "=")) return parse_number<std::uint64_t>(line.substr(name.size() + 1)).value_or(1);
  return 1;
}

Result<TaskPlan> plan_for(int pid) {
  const auto layout = test::live_layout(pid);
  const auto process = ProcFs().process(pid);
  if (!layout || !process) return fail(layout ? "gone" : layout.error().message);
  return plan_python_tasks(ProcFs(), *process, *layout);
}

std::string message_of(const Result<TaskPlan>& plan) { return plan ? "" : plan.error().message; }

std::vector<std::uint8_t> code_at(const ProbeSite& site) {
  std::vector<std::uint8_t> bytes(16);
  const Fd file(::open(site.file.c_str(), O_RDONLY | O_CLOEXEC));
  const auto n = ::pread(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(site.offset));
  bytes.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return bytes;
}

bool is_emulated(const ProbeSite& site) {
  const auto instruction = decode_instruction(code_at(site));
  return instruction && instruction->emulated;
}

}  // namespace

TEST_CASE("every CPython has a plan for its tasks") {
  test::for_each_python(kTypes, "script.py", [](const PythonProgram& program, const PythonLayout&) {
    const auto plan = plan_for(program.pid());
    INFO(message_of(plan));
    REQUIRE(plan);
    CHECK(plan->type_function == told(program, "function"));
    CHECK(plan->type_method == told(program, "method"));
    CHECK(plan->type_builtin == told(program, "builtin"));
    CHECK(plan->type_coroutine == told(program, "coroutine"));
    CHECK(plan->type_generator == told(program, "generator"));
    CHECK(plan->type_asend == told(program, "asend"));
    CHECK_FALSE(plan->uvloop);
    CHECK(plan->none == told(program, "none"));
    CHECK(plan->method_send == told(program, "send"));
    CHECK(plan->method_throw == told(program, "throw"));
    REQUIRE(plan->sites.size() == 2);
    CHECK(plan->sites[0].what == ProbeSite::What::ContextRun);
    CHECK(plan->sites[1].what == ProbeSite::What::RunningLoop);
    for (const auto& site : plan->sites) CHECK(is_emulated(site));
  });
}

TEST_CASE("uvloop has four places to probe") {
  const PythonProgram program("/usr/bin/python3", "import uvloop\nuvloop.install()\n" + kTypes);
  if (program.lines().empty()) {
    WARN("skipped: no uvloop for /usr/bin/python3");
    return;
  }
  const auto plan = plan_for(program.pid());
  INFO(message_of(plan));
  REQUIRE(plan);
  CHECK(plan->uvloop);
  REQUIRE(plan->sites.size() == 4);
  CHECK(plan->sites[1].what == ProbeSite::What::ContextEnter);
  CHECK(plan->sites[2].what == ProbeSite::What::ContextExit);
  CHECK(plan->sites[3].what == ProbeSite::What::RunningLoop);
  for (const auto& site : plan->sites) CHECK(is_emulated(site));
}

TEST_CASE("a program whose file was replaced has a plan") {
  const std::string copy = "/tmp/loopstall-python3-" + std::to_string(::getpid());
  std::error_code error;
  if (!std::filesystem::copy_file("/usr/bin/python3", copy, error)) {
    WARN("skipped: no /usr/bin/python3");
    return;
  }
  const PythonProgram program(copy, kTypes);
  std::filesystem::remove(copy);
  std::ofstream(copy) << "something else";
  const auto plan = plan_for(program.pid());
  std::filesystem::remove(copy);
  INFO(message_of(plan));
  REQUIRE(plan);
  CHECK(is_emulated(plan->sites.at(0)));
}

TEST_CASE("a Python without asyncio has no tasks") {
  const PythonProgram program("/usr/bin/python3", test::kTell + "time.sleep(tell())\n");
  CHECK(message_of(plan_for(program.pid())) == "asyncio is not loaded");
}
