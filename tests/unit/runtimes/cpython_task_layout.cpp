#include "runtimes/cpython_task_layout.h"

#include "catch.h"
#include "fake_types.h"
#include "runtimes/cpython_layout.h"
#include "runtimes/declared_type.h"
#include "runtimes/python_types.h"

using namespace loopstall;
using test::FakeMemory;

namespace {

constexpr std::uint64_t kCoroutine = 0x10000, kFunction = 0x20000, kMethod = 0x30000, kAsend = 0x40000;

PythonTaskTypes types() { return {.function = kFunction, .method = kMethod, .coroutine = kCoroutine, .asend = kAsend}; }

// As 3.11 is.
FakeMemory made_up() {
  FakeMemory memory;
  test::put_type(memory, kCoroutine, 152, {{"cr_code", 16}, {"cr_origin", 64}});
  test::put_type(memory, kFunction, 136, {{"__closure__", 72}, {"__globals__", 16}});
  test::put_type(memory, kMethod, 48, {{"__func__", 16}, {"__self__", 24}});
  test::put_type(memory, kAsend, 40, {});
  return memory;
}

std::string check(const FakeMemory& memory, int minor = 11) {
  const auto done = check_task_layout(memory, types(), *python_task_offsets(minor));
  return done ? "" : done.error().message;
}

// A module: its strings, and its data with a pointer to one of them.
constexpr std::uint64_t kStrings = 0x100000, kData = 0x200000;

std::vector<FileMapping> module_mappings() {
  return {{.begin = kStrings, .end = kStrings + 0x1000, .path = "m.so"},
          {.begin = kData, .end = kData + 0x1000, .path = "m.so"}};
}

FakeMemory module_with(std::uint64_t name, std::int32_t size) {
  FakeMemory memory;
  memory.put(kStrings, std::string(0x1000, '\0'));
  const std::string text = "x_asyncio.Task";
  for (std::size_t i = 0; i < text.size(); ++i) memory.set(kStrings + 0x10 + i, text[i]);
  memory.put(kData, std::string(0x1000, '\0'));
  memory.set(kData + 0x808, name);
  memory.set(kData + 0x810, size);
  return memory;
}

}  // namespace

TEST_CASE("a layout as its version has it is taken") { CHECK(check(made_up()).empty()); }

TEST_CASE("a layout of another version is refused") {
  for (int minor = kFirstPythonMinor; minor <= kLastPythonMinor; ++minor)
    if (minor != 11) CHECK(check(made_up(), minor) == "its coroutines are not laid out as in that version");
  CHECK_FALSE(python_task_offsets(7));
  CHECK_FALSE(python_task_offsets(16));
}

TEST_CASE("each difference is refused by what differs") {
  auto memory = made_up();
  test::put_type(memory, kCoroutine, 152, {{"cr_code", 24}, {"cr_origin", 64}});
  CHECK(check(memory) == "its coroutines are not laid out as in that version");
  memory = made_up();
  test::put_type(memory, kFunction, 136, {{"__closure__", 80}, {"__globals__", 16}});
  CHECK(check(memory) == "its functions are not laid out as in that version");
  memory = made_up();
  test::put_type(memory, kMethod, 56, {{"__func__", 16}, {"__self__", 24}});
  CHECK(check(memory) == "its methods are not laid out as in that version");
  memory = made_up();
  test::put_type(memory, kAsend, 48, {});
  CHECK(check(memory) == "its async generators are not laid out as in that version");
  CHECK(check(FakeMemory()) == "its coroutines are not laid out as in that version");
}

TEST_CASE("a type's size stands behind its name in its module's data") {
  const auto sizes = [](const FakeMemory& memory) {
    return declared_basicsizes(memory, module_mappings(), "_asyncio.Task");
  };
  CHECK(sizes(module_with(kStrings + 0x11, 176)) == std::vector<std::int32_t>{176});  // the end of a longer string
  CHECK(sizes(module_with(kStrings + 0x10, 176)).empty());
  CHECK(sizes(module_with(kStrings + 0x11, 177)).empty());
  CHECK(sizes(module_with(kStrings + 0x11, -8)).empty());
  CHECK(sizes(FakeMemory()).empty());
  CHECK(declared_basicsizes(FakeMemory(), {}, "_asyncio.Task").empty());
}

TEST_CASE("a method is found by its name in the type's table") {
  FakeMemory memory;
  test::put_type(memory, kCoroutine, 152, {});
  memory.set(kCoroutine + 232, kCoroutine + 0x400);
  memory.put(0x50000, std::string("get\0run\0", 8));
  memory.set(kCoroutine + 0x400, std::uint64_t{0x50000});
  memory.set(kCoroutine + 0x420, std::uint64_t{0x50004});
  memory.set(kCoroutine + 0x428, std::uint64_t{0x1234});
  memory.set(kCoroutine + 0x430, std::int32_t{0x82});
  const auto run = type_method(memory, kCoroutine, "run");
  REQUIRE(run);
  CHECK(run->function == 0x1234);
  CHECK(run->flags == 0x82);
  CHECK(method_address(memory, kCoroutine, "run") == kCoroutine + 0x420);
  CHECK_FALSE(type_method(memory, kCoroutine, "copy"));
  CHECK_FALSE(type_method(memory, 0x999, "run"));
}
