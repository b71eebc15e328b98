// Stacks of real programs, compiled for this test: the names from the innermost call to the thread's start.
#include <sys/syscall.h>

#include <algorithm>
#include <chrono>

#include "catch.h"
#include "stopped_program.h"
#include "symbols/address_space.h"

using namespace loopstall;

namespace {

std::string program(const std::string& name) { return std::string(SYMBOLS_PROGRAMS) + "/" + name; }

struct Look {
  explicit Look(const StoppedProgram& target, std::size_t stack_bytes = 256 * 1024)
      : space(ProcFs(), target.pid(), cache) {
    const auto registers = target.registers();
    const auto stack = target.stack(stack_bytes);
    unwound = space.unwind(registers, registers.sp, stack);
    for (const auto& frame : unwound.frames) {
      const Stack& named = space.symbolize(frame.pc, frame.return_address);
      frames.insert(frames.end(), named.begin(), named.end());
    }
    for (const auto& frame : frames) names.push_back(frame.function);
  }
  const Frame& named(const std::string& name) const {
    for (const auto& frame : frames)
      if (frame.function == name) return frame;
    FAIL("no frame " << name);
    return frames.front();
  }
  // The names between the C library's raise and the one that called main.
  std::vector<std::string> own() const {
    const auto begin = std::find_if(names.begin(), names.end(), [](auto& n) { return n == "raise" || n == "gsignal"; });
    const auto end = std::find(names.begin(), names.end(), "main");
    REQUIRE(begin != names.end());
    REQUIRE(end != names.end());
    return {begin + 1, end + 1};
  }

  ElfCache cache;
  AddressSpace space;
  Unwound unwound;
  Stack frames;
  std::vector<std::string> names;
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("nested calls without frame pointers are unwound to the program's start") {
  const StoppedProgram target({program("calls"), "chain"});
  const Look look(target);
  CHECK(look.own() == Names{"chain_c", "chain_b", "chain_a", "main"});
  CHECK(look.unwound.end == UnwindEnd::Complete);
  CHECK(look.unwound.by_frame_pointer == 0);
  CHECK(look.names.back() == "_start");
  CHECK(look.frames.back().module == program("calls"));
  CHECK_FALSE(look.unwound.frames.front().return_address);
  CHECK(look.unwound.frames.at(1).return_address);
  for (std::size_t i = 2; i + 1 < look.unwound.frames.size(); ++i)
    CHECK(look.unwound.frames[i].cfa > look.unwound.frames[i - 1].cfa);
}

TEST_CASE("each call of a recursion is a frame of its own") {
  const StoppedProgram target({program("calls"), "recurse"});
  const Look look(target);
  CHECK(std::count(look.names.begin(), look.names.end(), "recurse") == 21);
  CHECK(look.unwound.end == UnwindEnd::Complete);
}

// Prologues, epilogues, calls through the linkage table, the dynamic linker, exit handlers.
TEST_CASE("at each instruction on the way out the stack is whole") {
  StoppedProgram target({program("names")});
  ElfCache cache;
  AddressSpace space(ProcFs(), target.pid(), cache);
  // The compiler's start files have no unwind information; then that is said.
  const Names without{"__do_global_dtors_aux", "deregister_tm_clones", "_fini"};
  std::size_t steps = 0, complete = 0, unknown = 0;
  std::string broken;
  while (target.step()) {
    const auto registers = target.registers();
    const auto unwound = space.unwind(registers, registers.sp, target.stack(8192));
    const std::string inside = space.symbolize(registers.pc, false).back().function;
    const bool nameless = inside.find("!+") != inside.npos;  // the same files in a stripped library
    const bool start_file = nameless || std::count(without.begin(), without.end(), inside) != 0;
    ++steps;
    if (unwound.end == UnwindEnd::Complete)
      ++complete;
    else if (start_file)
      ++unknown;
    else
      broken += inside + " ";
  }
  CHECK(broken == "");
  CHECK(complete > 5000);
  CHECK(unknown < 100);
  CHECK(space.losses().no_cfi + space.losses().bad_cfi == steps - complete);
}

TEST_CASE("a stack deeper than the limit is truncated") {
  const StoppedProgram target({program("calls"), "deep"});
  const Look look(target);
  CHECK(look.unwound.frames.size() == kMaxFrames);
  CHECK(look.unwound.end == UnwindEnd::Truncated);
}

TEST_CASE("a stack that goes on beyond the copy is truncated, and right as far as it goes") {
  const StoppedProgram target({program("calls"), "recurse"});
  const Look whole(target), part(target, 400);
  REQUIRE(part.names.size() < whole.names.size());
  CHECK(part.unwound.end == UnwindEnd::Truncated);
  CHECK(std::equal(part.names.begin(), part.names.end(), whole.names.begin()));
}

TEST_CASE("a frame of dynamic size") {
  const StoppedProgram target({program("calls"), "alloca"});
  const Look look(target);
  CHECK(look.own() == Names{"chain_c", "chain_b", "chain_a", "dynamic_frame", "main"});
  CHECK(look.unwound.end == UnwindEnd::Complete);
}

TEST_CASE("through a signal handler into what it interrupted") {
  const StoppedProgram target({program("calls"), "signal"});
  const Look look(target);
  const auto own = look.own();
  REQUIRE(own.size() > 5);
  CHECK(Names(own.begin(), own.begin() + 4) == Names{"chain_c", "chain_b", "chain_a", "on_signal"});
  CHECK(Names(own.end() - 3, own.end()) == Names{"interrupted", "with_handler", "main"});
  CHECK(std::count(own.begin(), own.end(), "raise") == 1);
  CHECK(look.unwound.end == UnwindEnd::Complete);
}

TEST_CASE("a handler on a stack of its own: what it interrupted lies outside the copy") {
  const StoppedProgram target({program("calls"), "sigaltstack"});
  const Look look(target);
  CHECK(std::find(look.names.begin(), look.names.end(), "on_signal") != look.names.end());
  CHECK(look.unwound.end == UnwindEnd::Truncated);
}

TEST_CASE("a thread's stack ends in clone") {
  const StoppedProgram target({program("thread")});
  const Look look(target);
  CHECK(std::find(look.names.begin(), look.names.end(), "in_thread") != look.names.end());
  CHECK(look.unwound.end == UnwindEnd::Complete);
  // Local in glibc: without its debug symbols it has no name.
  const std::string& last = look.names.back();
  CHECK((last == "clone3" || last == "clone" || last.starts_with("libc.so.6!+0x")));
}

TEST_CASE("exported names of a stripped program") {
  const StoppedProgram target({program("calls_exported"), "chain"});
  const Look look(target);
  CHECK(look.own() == Names{"chain_c", "chain_b", "chain_a", "main"});
  CHECK(look.unwound.end == UnwindEnd::Complete);
}

TEST_CASE("names and lines from a separate debug file") {
  const StoppedProgram target({program("calls_split"), "inlined"});
  const Look look(target);
  CHECK(look.own() == Names{"chain_c", "inlined_inner", "inlined_outer", "with_inlined", "main"});
  CHECK(look.named("with_inlined").line == 46);
}

TEST_CASE("a stripped program says where the function begins") {
  const StoppedProgram target({program("calls_stripped"), "chain"});
  const Look look(target);
  CHECK(look.unwound.end == UnwindEnd::Complete);
  const auto offset =
      std::find_if(look.names.begin(), look.names.end(), [](auto& n) { return n.starts_with("calls_stripped!+0x"); });
  CHECK(offset != look.names.end());
  CHECK(look.space.losses().no_symbol >= 4);
}

TEST_CASE("names from .gnu_debugdata") {
  const StoppedProgram target({program("calls_mini"), "chain"});
  CHECK(Look(target).own() == Names{"chain_c", "chain_b", "chain_a", "main"});
}

TEST_CASE("inlined functions and lines from DWARF") {
  const StoppedProgram target({program("calls_debug"), "inlined"});
  const Look look(target);
  CHECK(look.own() == Names{"chain_c", "inlined_inner", "inlined_outer", "with_inlined", "main"});
  CHECK(look.named("inlined_inner").line == 41);
  CHECK(look.named("inlined_inner").inlined);
  CHECK(look.named("inlined_outer").line == 43);
  CHECK(look.named("inlined_outer").inlined);
  CHECK(look.named("with_inlined").line == 46);
  CHECK(look.named("with_inlined").first_line == 45);
  CHECK_FALSE(look.named("with_inlined").inlined);
  CHECK(look.named("with_inlined").file.ends_with("programs/calls.c"));
  CHECK(look.named("main").line == 56);
}

TEST_CASE("unwind information from .debug_frame alone") {
  const StoppedProgram target({program("calls_debug_frame"), "recurse"});
  const Look look(target);
  CHECK(std::count(look.names.begin(), look.names.end(), "recurse") == 21);
  CHECK(look.unwound.end == UnwindEnd::Complete);
  CHECK(look.unwound.by_frame_pointer == 0);
}

TEST_CASE("frame pointers where there is no unwind information") {
  const StoppedProgram target({program("calls_frame_pointer"), "chain"});
  const Look look(target);
  CHECK(look.own() == Names{"chain_c", "chain_b", "chain_a", "main"});
  CHECK(look.unwound.by_frame_pointer == 4);
  CHECK(look.unwound.end == UnwindEnd::Complete);
}

TEST_CASE("C++ names, through an exception handler, a virtual call and a lambda") {
  const StoppedProgram target({program("names")});
  const Look look(target);
  const auto own = look.own();
  const auto has = [&](const std::string& part) {
    return std::any_of(own.begin(), own.end(), [&](auto& n) { return n.find(part) != n.npos; });
  };
  CHECK(own.front().starts_with("int shop::charge<std::"));
  CHECK(has("shop::Handler::handle(std::"));
  CHECK(has("{lambda()#1}"));
  CHECK(has("shop::dispatch(std::function<int ()> const&)"));
  CHECK(look.unwound.end == UnwindEnd::Complete);
}

TEST_CASE("Debian's python3, stripped and without frame pointers, from its sleep to main") {
  const StoppedProgram target({"/usr/bin/python3", "-c", "import time; time.sleep(60)"}, SYS_clock_nanosleep);
  const Look look(target);
  for (const char* name : {"clock_nanosleep", "Py_RunMain", "Py_BytesMain", "_start"}) {
    INFO(name);
    CHECK(std::find(look.names.begin(), look.names.end(), name) != look.names.end());
  }
  CHECK(look.unwound.end == UnwindEnd::Complete);
  CHECK(look.unwound.frames.size() > 10);
}

TEST_CASE("a program deleted and replaced while it runs keeps its names") {
  const std::string copy = program("replaced"), before = program("calls"), after = program("names");
  const auto copy_to = [&](const std::string& from) {
    ::unlink(copy.c_str());
    REQUIRE(std::system(("cp " + from + " " + copy).c_str()) == 0);
  };
  copy_to(before);
  const StoppedProgram target({copy, "chain"});
  copy_to(after);
  const Look look(target);
  // Without the right to /proc/PID/map_files there are no names, and never those of the other program.
  if (look.space.losses().no_file == 0)
    CHECK(look.own() == Names{"chain_c", "chain_b", "chain_a", "main"});
  else
    CHECK(std::none_of(look.names.begin(), look.names.end(), [](auto& n) { return n.find("shop") != n.npos; }));
  ::unlink(copy.c_str());
}

TEST_CASE("nothing is read twice: the maps of a process that is gone leave everything unnamed") {
  ElfCache cache;
  AddressSpace space(ProcFs("/nonexistent"), 1, cache);
  Registers registers;
  registers.pc = 0x1234, registers.sp = 0x7000;
  const auto unwound = space.unwind(registers, 0x7000, {});
  CHECK(unwound.end == UnwindEnd::Failed);
  CHECK(space.losses().no_code == 1);
  CHECK(space.symbolize(0x1234, false).front().function == "[unmapped]!+0x1234");
}
