#include "runtimes/cpython_names.h"

#include <random>

#include "catch.h"
#include "fake_python.h"
#include "runtimes/cpython_objects.h"
#include "runtimes/cpython_walk.h"

using namespace loopstall;
using namespace loopstall::test;

namespace {

RawPythonFrame raw() {
  return {.code = kCode, .filename = kFile, .name = kName, .linetable = kTable, .first_line = 7, .instr = 0};
}

std::string text_of(const PythonLayout& layout, const std::string& object) {
  FakeMemory memory;
  memory.put(kName, object);
  return python_string(memory, layout, kName).value_or("(none)");
}

// A thread with one frame, which runs that code.
void add_thread(FakeMemory& memory, const PythonLayout& layout) {
  const auto& o = layout.offsets;
  memory.put(layout.interpreters, std::string(8, '\0'));
  memory.set(layout.interpreters, kInterp);
  memory.put(kInterp, std::string(8192, '\0'));
  memory.set(kInterp + o.interp_threads, kThread);
  memory.put(kThread, std::string(512, '\0'));
  memory.set(kThread + o.thread_id, std::uint64_t{0x7777});
  memory.set(kThread + o.thread_frame, kFrame);
  memory.put(kFrame, std::string(128, '\0'));
  memory.set(kFrame + o.frame_code, kCode);
  memory.set(kFrame + o.frame_instr, kCode + o.code_start);
}

}  // namespace

TEST_CASE("a frame's function, file and line") {
  const auto layout = layout_of(13);
  PythonNames names(std::make_unique<FakeMemory>(made_up(layout)), layout);
  const auto frame = names.frame(raw());
  REQUIRE(frame);
  CHECK(frame->kind == FrameKind::Python);
  CHECK(frame->function == "f");
  CHECK(frame->file == "/a.py");
  CHECK(frame->line == 9);
  CHECK(frame->first_line == 7);
  CHECK(names.lost() == 0);
}

TEST_CASE("a code object whose memory is used for something else has no name, and is counted") {
  const auto layout = layout_of(13);
  const auto& o = layout.offsets;
  for (const std::uint64_t field : {std::uint64_t{8}, std::uint64_t{o.code_filename}, std::uint64_t{o.code_name},
                                    std::uint64_t{o.code_linetable}}) {
    auto memory = made_up(layout);
    memory.set(kCode + field, std::uint64_t{0x123456});
    PythonNames names(std::make_unique<FakeMemory>(std::move(memory)), layout);
    CHECK_FALSE(names.frame(raw()));
    const RawPythonFrame one[] = {raw()};
    const auto stack = names.stack(one);
    REQUIRE(stack.size() == 1);
    CHECK(stack[0].function.empty());
    CHECK(stack[0].role == FrameRole::Library);
    CHECK(names.lost() == 2);
  }
}

TEST_CASE("another code object at the same address is another name") {
  const auto layout = layout_of(13);
  auto owned = std::make_unique<FakeMemory>(made_up(layout));
  auto& memory = *owned;
  PythonNames names(std::move(owned), layout);
  CHECK(names.frame(raw())->function == "f");
  auto other = raw();
  other.name = kName + 0x800;
  memory.put(other.name, make_string(layout.offsets, "other", 1, true));
  memory.set(kCode + layout.offsets.code_name, other.name);
  CHECK(names.frame(other)->function == "other");
  CHECK(names.frame(raw())->function == "f");  // was seen while it was there
}

TEST_CASE("a line table that is too long costs the line only") {
  const auto layout = layout_of(13);
  auto memory = made_up(layout);
  memory.put(kTable, make_bytes(std::string(70'000, '\xe0'), 70'000));
  PythonNames names(std::make_unique<FakeMemory>(std::move(memory)), layout);
  const auto frame = names.frame(raw());
  REQUIRE(frame);
  CHECK(frame->function == "f");
  CHECK(frame->line == 0);
}

TEST_CASE("strings of every width, in every version") {
  for (int minor = kFirstPythonMinor; minor <= kLastPythonMinor; ++minor) {
    const auto layout = layout_of(minor);
    const auto& o = layout.offsets;
    CHECK(text_of(layout, make_string(o, "plain", 1, true)) == "plain");
    CHECK(text_of(layout, make_string(o, "\xe9t\xe9", 1, false)) == "été");
    CHECK(text_of(layout, make_string(o, std::string("\x16\x04\x00\xd8", 4), 2, false)) == "Ж\xef\xbf\xbd");
    CHECK(text_of(layout, make_string(o, std::string("\x00\xf6\x01\x00\xff\xff\xff\xff", 8), 4, false)) ==
          "\xf0\x9f\x98\x80\xef\xbf\xbd");
    CHECK(text_of(layout, make_string(o, "", 1, true)).empty());
    CHECK(text_of(layout, make_string(o, "wide state", 1, true, 16)) == "wide state");  // some builds of 3.14
    CHECK(text_of(layout, make_string(o, "\xe9", 1, false, 16)) == "é");
    CHECK(text_of(layout, make_string(o, std::string(600, 'x'), 1, true)) == std::string(512, 'x') + "...");
  }
}

TEST_CASE("what is no string is refused") {
  const auto layout = layout_of(13);
  const auto good = make_string(layout.offsets, "text", 1, true);
  auto wrong_type = good, wrong_kind = good, no_memory = good;
  wrong_type[8] = 1;
  wrong_kind[32] = static_cast<char>(3 << 2 | 8 << 2);
  no_memory[17] = 1;  // 260 characters
  CHECK(text_of(layout, good) == "text");
  CHECK(text_of(layout, wrong_type) == "(none)");
  CHECK(text_of(layout, wrong_kind) == "(none)");
  CHECK(text_of(layout, no_memory) == "(none)");
}

TEST_CASE("a thread's frames") {
  const auto layout = layout_of(13);
  auto memory = made_up(layout);
  add_thread(memory, layout);
  const auto stack = read_python_stack(memory, layout, {.pointer = 0x7777});
  CHECK(stack.frames == std::vector{raw()});
  CHECK_FALSE(stack.failed);
  CHECK_FALSE(stack.truncated);
  CHECK(read_python_stack(memory, layout, {.pointer = 0x7778}).failed);
}

TEST_CASE("a circle of frames ends") {
  const auto layout = layout_of(13);
  auto memory = made_up(layout);
  add_thread(memory, layout);
  memory.set(kFrame + layout.offsets.frame_previous, kFrame);
  CHECK(read_python_stack(memory, layout, {.pointer = 0x7777}).truncated);
  memory.set(kCode + 8, std::uint64_t{0});  // no code object: a circle of frames that are no functions
  const auto stack = read_python_stack(memory, layout, {.pointer = 0x7777});
  CHECK(stack.truncated);
  CHECK(stack.frames.empty());
  memory.set(kThread + layout.offsets.thread_next, kThread);  // and one of threads
  CHECK(read_python_stack(memory, layout, {.pointer = 1}).failed);
}

TEST_CASE("memory overwritten under our eyes neither crashes nor holds us") {
  std::mt19937 random(3);
  for (int round = 0; round < 20'000; ++round) {
    const auto layout = layout_of(round % 2 == 0 ? 13 : 11);
    auto memory = made_up(layout);
    add_thread(memory, layout);
    for (int change = 0; change < 6; ++change) {
      auto& block = std::next(memory.blocks().begin(), random() % memory.blocks().size())->second;
      block[random() % std::min<std::size_t>(block.size(), 160)] = static_cast<char>(random());
    }
    const auto stack = read_python_stack(memory, layout, {.pointer = 0x7777});
    PythonNames names(std::make_unique<FakeMemory>(std::move(memory)), layout);
    REQUIRE(names.stack(stack.frames).size() == stack.frames.size());
    names.frame(raw());
  }
}
