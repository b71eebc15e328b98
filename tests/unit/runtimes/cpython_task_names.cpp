#include "runtimes/cpython_task_names.h"

#include "catch.h"
#include "fake_python.h"

using namespace loopstall;
using namespace loopstall::test;

namespace {

constexpr std::uint64_t kQualname = 0x80000, kMethod = 0x90000, kMethodName = 0x91000, kType = 0xa0000,
                        kTypeName = 0xa1000;
constexpr std::uint64_t kReady = 1 << 12;

RawTask raw_task(IdentKind kind, std::uint64_t ident) {
  RawTask raw;
  raw.kind = kind;
  raw.ident = ident;
  return raw;
}

FakeMemory with_qualname(const PythonLayout& layout, std::string_view qualname) {
  auto memory = made_up(layout);
  memory.put(kQualname, make_string(layout.offsets, qualname, 1, true));
  return memory;
}

std::string qualified(int minor, std::string_view qualname) {
  const auto layout = layout_of(minor);
  auto raw = raw_task(IdentKind::Coroutine, kCode);
  raw.qualname = kQualname;
  return name_python_task(with_qualname(layout, qualname), layout, raw).value().source.name;
}

void put_type(FakeMemory& memory, std::string_view name) {
  memory.put(kType, std::string(408, '\0'));
  memory.set(kType + 24, kTypeName);
  memory.set(kType + 168, kReady);
  memory.put(kTypeName, std::string(name) + '\0');
}

void put_method(FakeMemory& memory, std::string_view name) {
  memory.put(kMethod, std::string(32, '\0'));
  memory.set(kMethod, kMethodName);
  memory.put(kMethodName, std::string(name) + '\0');
}

std::optional<NamedTask> builtin(std::string_view type, std::string_view method) {
  FakeMemory memory;
  put_method(memory, method);
  put_type(memory, type);
  auto raw = raw_task(IdentKind::Builtin, kMethod);
  raw.class_type = type.empty() ? 0 : kType;
  return name_python_task(memory, layout_of(13), raw);
}

std::optional<NamedTask> of_type(std::string_view type, IdentKind kind = IdentKind::Type) {
  FakeMemory memory;
  put_type(memory, type);
  return name_python_task(memory, layout_of(13), raw_task(kind, kType));
}

// A function of that name in that file.
TaskKind kind_of(std::string_view file, std::string_view function, bool timer = false) {
  const auto layout = layout_of(13);
  auto memory = made_up(layout);
  memory.put(kFile, make_string(layout.offsets, file, 1, true));
  memory.put(kName, make_string(layout.offsets, function, 1, true));
  auto raw = raw_task(IdentKind::Function, kCode);
  raw.timer = timer;
  return name_python_task(memory, layout, raw).value().kind;
}

}  // namespace

TEST_CASE("a coroutine is a task, by name, file and line") {
  const auto layout = layout_of(13);
  const auto named = name_python_task(made_up(layout), layout, raw_task(IdentKind::Coroutine, kCode));
  CHECK(named == NamedTask{TaskKind::Task, {"f", "/a.py", 7}, FrameRole::User});
  const auto callback = name_python_task(made_up(layout), layout, raw_task(IdentKind::Function, kCode));
  CHECK(callback == NamedTask{TaskKind::Callback, {"f", "/a.py", 7}, FrameRole::User});
}

TEST_CASE("before 3.11 the qualified name is the coroutine's, if it is its code's") {
  CHECK(qualified(8, "Class.f") == "Class.f");
  CHECK(qualified(10, "outer.<locals>.f") == "outer.<locals>.f");
  CHECK(qualified(10, "f") == "f");
  CHECK(qualified(10, "Class.wrapped") == "f");
  CHECK(qualified(10, "") == "f");
  CHECK(qualified(11, "Class.f") == "f");  // the code knows better
}

TEST_CASE("a qualified name that is gone is done without") {
  const auto layout = layout_of(9);
  auto raw = raw_task(IdentKind::Coroutine, kCode);
  for (const std::uint64_t address : {std::uint64_t{0}, kQualname, kCode}) {
    raw.qualname = address;
    CHECK(name_python_task(made_up(layout), layout, raw).value().source.name == "f");
  }
}

TEST_CASE("callbacks in C go by class and method, or function") {
  CHECK(builtin("_asyncio.Future", "set_result") ==
        NamedTask{TaskKind::Callback, {"Future.set_result", "", 0}, FrameRole::Library});
  CHECK(builtin("list", "append")->source.name == "list.append");
  CHECK(builtin("module", "sleep")->source.name == "sleep");
  CHECK(builtin("", "sleep")->source.name == "sleep");
}

TEST_CASE("other callables go by their type, and awaited ones are tasks") {
  CHECK(of_type("functools.partial") ==
        NamedTask{TaskKind::Callback, {"functools.partial", "", 0}, FrameRole::Library});
  CHECK(of_type("token_generator")->kind == TaskKind::Callback);
  CHECK(of_type("_cython_3_0_11.coroutine", IdentKind::Awaited)->kind == TaskKind::Task);
  CHECK(of_type("Job", IdentKind::Awaited)->kind == TaskKind::Task);
}

TEST_CASE("uvloop's own callbacks go by the names that it gave them") {
  const auto layout = layout_of(11);
  auto raw = raw_task(IdentKind::Named, kQualname);
  CHECK(name_python_task(with_qualname(layout, "UVStream._on_listen"), layout, raw) ==
        NamedTask{TaskKind::Callback, {"UVStream._on_listen", "", 0}, FrameRole::Library});
  CHECK(name_python_task(with_qualname(layout, "Loop._read_from_self"), layout, raw)->kind == TaskKind::Signal);
}

TEST_CASE("timers and wakeups say so") {
  CHECK(kind_of("/usr/lib/python3.13/asyncio/futures.py", "_set_result_unless_cancelled") == TaskKind::Timer);
  CHECK(kind_of("/usr/lib/python3.13/asyncio/timeouts.py", "Timeout._on_timeout") == TaskKind::Timer);
  CHECK(kind_of("/usr/lib/python3.13/asyncio/selector_events.py", "BaseSelectorEventLoop._read_from_self") ==
        TaskKind::Signal);
  CHECK(kind_of("/app/futures.py", "_set_result_unless_cancelled") == TaskKind::Callback);
  CHECK(kind_of("/app/tick.py", "tick") == TaskKind::Callback);
  CHECK(kind_of("/app/tick.py", "tick", true) == TaskKind::Timer);
}

TEST_CASE("what is gone or never was has a name as well") {
  const auto layout = layout_of(13);
  const FakeMemory nothing;
  for (const auto kind : {IdentKind::Coroutine, IdentKind::Function, IdentKind::Builtin, IdentKind::Type,
                          IdentKind::Named, IdentKind::Awaited})
    CHECK_FALSE(name_python_task(nothing, layout, raw_task(kind, kCode)));
  CHECK_FALSE(builtin("list", ""));
  CHECK_FALSE(builtin("list", "\x01\x02"));
  auto memory = made_up(layout);
  memory.set(kCode + 8, std::uint64_t{0x123456});
  CHECK_FALSE(name_python_task(memory, layout, raw_task(IdentKind::Coroutine, kCode)));
  CHECK(gone_task(raw_task(IdentKind::Coroutine, kCode)).source.name == "(gone)");
  CHECK(gone_task(raw_task(IdentKind::Coroutine, kCode)).kind == TaskKind::Task);
  CHECK(name_python_task(nothing, layout, raw_task(IdentKind::Other, 0))->source.name == "(other tasks)");
  CHECK(name_python_task(nothing, layout, raw_task(IdentKind::Unreadable, 0))->source.name == "(unreadable)");
}
