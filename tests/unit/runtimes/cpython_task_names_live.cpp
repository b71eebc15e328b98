// Names of tasks on every CPython that this machine has, against what the interpreter says of itself.
#include "catch.h"
#include "live_python.h"
#include "runtimes/cpython_task_layout.h"
#include "runtimes/cpython_task_names.h"

using namespace loopstall;
using test::PythonProgram;

namespace {

// A line for each object that a step may belong to: what it is, its address, and what its name must be.
const std::string kScript = test::kTell + R"(
import asyncio, collections, functools
from asyncio import futures
class Service:
    class Inner:
        async def naïve_Ж(self, n): await asyncio.sleep(n)
        def tick(self): pass
def wrapped(f):
    @functools.wraps(f)
    async def wrapper(*args): return await f(*args)
    return wrapper
class Line(collections.deque): pass
class Later(asyncio.Future): pass
kept = []
def show(kind, thing, name, code=None):
    kept.append(thing)
    print(kind, id(thing), name, code.co_filename if code else '', code.co_firstlineno if code else 0, sep='|')
async def main():
    run = Service.Inner().naïve_Ж(1)
    other = wrapped(Service.Inner.naïve_Ж)(Service.Inner(), 1)
    show('coroutine', run, 'Service.Inner.naïve_Ж', run.cr_code)
    show('coroutine', other, getattr(other.cr_code, 'co_qualname', 'wrapper'), other.cr_code)
    show('function', Service.Inner.tick, 'Service.Inner.tick', Service.Inner.tick.__code__)
    later = futures._set_result_unless_cancelled
    show('function', later, '_set_result_unless_cancelled', later.__code__)
    show('builtin', asyncio.get_running_loop().create_future().cancel, 'Future.cancel')
    show('builtin', Later().set_result, 'Future.set_result')
    show('builtin', Line().append, 'deque.append')
    show('builtin', time.sleep, 'sleep')
    show('type', functools.partial, 'functools.partial')
    time.sleep(tell())
asyncio.run(main())
)";

// What the kernel side finds.
class Finder {
 public:
  Finder(const TargetMemory& memory, int minor) : memory_(memory), offsets_(*python_task_offsets(minor)) {}

  RawTask find(std::string_view what, std::uint64_t address) const {
    RawTask raw;
    if (what == "coroutine") {
      raw.kind = IdentKind::Coroutine;
      raw.ident = at(address + offsets_.coro_code) & ~std::uint64_t{7};
      raw.qualname = at(address + offsets_.coro_qualname);
    } else if (what == "function") {
      raw.kind = IdentKind::Function;
      raw.ident = at(address + offsets_.func_code);
      raw.qualname = at(address + offsets_.func_qualname);
    } else if (what == "builtin") {
      raw.kind = IdentKind::Builtin;
      raw.ident = at(address + 16);
      raw.class_type = at(at(address + 24) + 8);
    } else {
      raw.kind = IdentKind::Type;
      raw.ident = address;
    }
    return raw;
  }

 private:
  std::uint64_t at(std::uint64_t address) const { return memory_.value<std::uint64_t>(address).value_or(0); }
  const TargetMemory& memory_;
  PythonTaskOffsets offsets_;
};

TaskKind expected_kind(std::string_view what, std::string_view name) {
  if (what == "coroutine") return TaskKind::Task;
  return name == "_set_result_unless_cancelled" ? TaskKind::Timer : TaskKind::Callback;
}

}  // namespace

TEST_CASE("tasks are named as Python names them") {
  test::for_each_python(kScript, "été.py", [](const PythonProgram& program, const PythonLayout& layout) {
    const ProcessMemory memory(program.pid());
    const Finder finder(memory, layout.minor);
    std::size_t checked = 0;
    for (const auto& line : program.lines()) {
      const auto parts = split_at(line, '|');
      if (parts.size() != 5) continue;
      INFO(line);
      const auto raw = finder.find(parts[0], parse_number<std::uint64_t>(parts[1]).value());
      const auto named = name_python_task(memory, layout, raw);
      REQUIRE(named);
      CHECK(named->source ==
            SourceName{std::string(parts[2]), std::string(parts[3]), parse_number<std::uint32_t>(parts[4]).value()});
      CHECK(named->kind == expected_kind(parts[0], parts[2]));
      ++checked;
    }
    CHECK(checked == 9);
  });
}
