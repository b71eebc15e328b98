// The parts that need no process: names, tables, lines of /proc.
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "catch.h"
#include "symbols/demangle.h"
#include "symbols/expression.h"
#include "symbols/kernel_symbols.h"
#include "symbols/mapped_file.h"
#include "symbols/mappings.h"
#include "symbols/mini_debug_info.h"
#include "symbols/perf_map.h"

using namespace loopstall;
namespace fs = std::filesystem;

namespace {

struct TemporaryFolder {
  TemporaryFolder() : path(fs::temp_directory_path() / ("loopstall-symbols-" + std::to_string(::getpid()))) {
    fs::create_directories(path);
  }
  ~TemporaryFolder() { fs::remove_all(path); }
  fs::path path;
};

void write(const fs::path& path, const std::string& text, bool append = false) {
  std::ofstream(path, append ? std::ios::app : std::ios::trunc) << text;
}

template <class... T>
std::vector<std::byte> code(T... values) {
  return {static_cast<std::byte>(values)...};
}

}  // namespace

TEST_CASE("names are shown as they were written") {
  const std::pair<const char*, const char*> names[] = {
      {"main", "main"},
      {"_Z", "_Z"},
      {"_ZN4shop6chargeEi", "shop::charge(int)"},
      {"_ZN4shop6chargeEi.cold", "shop::charge(int)"},
      {"chain_c.part.0", "chain_c"},
      {"_ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write"},
      {"_ZN45_$LT$foo..Bar$u20$as$u20$core..fmt..Debug$GT$3fmt17h0123456789abcdefE",
       "<foo::Bar as core::fmt::Debug>::fmt"},
      {"_ZN4core3fmt5write17h0123456789abcdeXE", "core::fmt::write::h0123456789abcdeX"},
      {"_ZNgarbage", "_ZNgarbage"},
      {"_Rgarbage", "_Rgarbage"},
  };
  for (const auto& [mangled, plain] : names) CHECK(demangle(mangled) == plain);
}

// Short forms of what rustc 1.95 makes with -C symbol-mangling-version=v0; on the 662 names of one of its programs we
// say what binutils' c++filt says, but for lifetimes and the types of constants.
TEST_CASE("Rust v0 names") {
  const std::pair<const char*, const char*> names[] = {
      {"_RNvCs1234_7mycrate3foo", "mycrate::foo"},
      {"_RNvC6_123foo3bar", "123foo::bar"},
      {"_RNCNvC4test4main0", "test::main::{closure#0}"},
      {"_RNCNvC4test4mains_0", "test::main::{closure#1}"},
      {"_RNvMC4testNtB2_3Bar3run", "<test::Bar>::run"},
      {"_RNvXC4testNtB2_3BarNtNtC4core3fmt5Debug3fmt", "<test::Bar as core::fmt::Debug>::fmt"},
      {"_RINvC4test3runlmE", "test::run::<i32, u32>"},
      {"_RINvC4test3runRSeE", "test::run::<&[str]>"},
      {"_RINvC4test3runQAhj4_E", "test::run::<&mut [u8; 4]>"},
      {"_RINvC4test3runTlbEE", "test::run::<(i32, bool)>"},
      {"_RINvC4test3runTlEE", "test::run::<(i32,)>"},
      {"_RINvC4test3runFlEbE", "test::run::<fn(i32) -> bool>"},
      {"_RINvC4test3runFUKCEuE", "test::run::<unsafe extern \"C\" fn()>"},
      {"_RINvC4test3runDNtNtC4core3fmt5DebugEL_E", "test::run::<dyn core::fmt::Debug>"},
      {"_RINvC4test3runDINtC4core2FnTlEEp6OutputbEL_E", "test::run::<dyn core::Fn<(i32,), Output = bool>>"},
      {"_RINvC4test3runDNtC4core4Iterp4ItembEL_E", "test::run::<dyn core::Iter<Item = bool>>"},
      {"_RINvC4test3runKj10_E", "test::run::<16>"},
      {"_RINvC4test3runKb1_E", "test::run::<true>"},
      {"_RNvYlNtC4core4Copy3run", "<i32 as core::Copy>::run"},
  };
  for (const auto& [mangled, plain] : names) CHECK(demangle(mangled) == plain);
  CHECK(demangle("_RNvB_3foo") == "_RNvB_3foo");  // refers to itself
  CHECK(demangle("_RNvC99999999999foo") == "_RNvC99999999999foo");
}

TEST_CASE("expressions") {
  const auto memory = code(1, 2, 3, 4, 5, 6, 7, 8);
  const StackCopy stack(0x1000, memory);
  RegisterValues registers{};
  registers[7] = 0x1000;
  registers[0] = 0xb;
  const auto value = [&](const std::vector<std::byte>& bytes) { return evaluate(bytes, registers, stack); };
  // The CFA in a procedure linkage table: rsp + 8 + ((rip & 15) >= 11) * 8, here of rax.
  const auto plt = code(0x77, 8, 0x70, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22);
  CHECK(value(plt).value == 0x1010);
  registers[0] = 0xa;
  CHECK(value(plt).value == 0x1008);
  CHECK(value(code(0x77, 0, 0x06)).value == 0x0807060504030201);
  CHECK(value(code(0x77, 1, 0x06)).error == StepError::OutsideStack);
  CHECK(value(code(0x22)).error == StepError::BadTable);
  CHECK(value(code()).error == StepError::BadTable);
  CHECK(value(code(0x2f, 0xfd, 0xff)).error == StepError::BadTable);  // jumps to itself
  CHECK(value(code(0x90, 99, 0)).error == StepError::BadTable);
}

TEST_CASE("a line of maps") {
  const auto file = parse_mapping("7f10-7f20 r-xp 00001000 fe:01 42                  /opt/my app (deleted)");
  REQUIRE(file);
  CHECK(*file == Mapping{0x7f10, 0x7f20, 0x1000, makedev(0xfe, 1), 42, true, true, "/opt/my app"});
  CHECK(parse_mapping("7f10-7f20 rw-p 0 00:00 0")->path.empty());
  CHECK(parse_mapping("7f10-7f20 r-xp 0 00:00 0 /a\\012b")->path == "/a\nb");
  for (const char* bad : {"", "x", "7f10 r-xp 0 00:00 0", "7f10-zz r-xp 0 00:00 0", "7f10-7f20 r 0 00:00 0"})
    CHECK_FALSE(parse_mapping(bad));
}

TEST_CASE("a perf map: the later line counts, garbage is counted") {
  PerfMap map;
  map.add("1000 100 first\n0x2000 10 with blanks in it\n\nzz 10 x\n3000 10\n4000 0 empty\nffffffffffffffff 10 wraps\n");
  CHECK(map.find(0x1000) == "first");
  CHECK(map.find(0x10ff) == "first");
  CHECK(map.find(0x1100).empty());
  CHECK(map.find(0x200f) == "with blanks in it");
  CHECK(map.bad_lines() == 4);
  map.add("1080 10 second\n");
  CHECK(map.find(0x1080) == "second");
  CHECK(map.find(0x1000).empty());  // overwritten in part: the code that was there is gone
}

TEST_CASE("a perf map that grows is read on") {
  const TemporaryFolder folder;
  fs::create_directories(folder.path / "9");
  fs::create_directories(folder.path / "root/tmp");
  fs::create_symlink(folder.path / "root", folder.path / "9/root");
  write(folder.path / "9/status", "Name:\tnode\nNSpid:\t9\t3\n");
  const auto map = folder.path / "root/tmp/perf-3.map";
  write(map, "1000 10 a\n2000 10 half");
  PerfMapFile file(ProcFs(folder.path.string()), 9);
  constexpr std::uint64_t kSecond = 1'000'000'000;
  CHECK(file.find(0x1000, kSecond) == "a");
  CHECK(file.find(0x2000, kSecond).empty());
  write(map, "way\n", true);
  CHECK(file.find(0x2000, kSecond + 1).empty());  // looked at once a second
  CHECK(file.find(0x2000, 2 * kSecond) == "halfway");
  write(map, "5000 10 b\n");
  CHECK(file.find(0x5000, 3 * kSecond) == "b");
  CHECK(file.find(0x1000, 3 * kSecond).empty());
}

TEST_CASE("kernel symbols") {
  const TemporaryFolder folder;
  const auto path = folder.path / "kallsyms";
  write(path,
        "ffffffff81000200 t second\nffffffff81000100 T first\nffffffff81000100 t alias\n"
        "ffffffff81000180 d data\nffffffffc0000000 t in_module\t[dm_mod]\ngarbage\n");
  KernelSymbols symbols(path.string());
  CHECK(symbols.available());
  CHECK(symbols.frame(0xffffffff81000100, false).function == "first");
  CHECK(symbols.frame(0xffffffff81000200, true).function == "first");
  CHECK(symbols.frame(0xffffffff81000200, false).function == "second");
  CHECK(symbols.frame(0xffffffffc0000010, true).function == "in_module");
  CHECK(symbols.frame(0xffffffff81000100, false).kind == FrameKind::Kernel);
  CHECK(symbols.frame(0xffffffff80000000, false).function == "[kernel]+0xffffffff80000000");
  write(path, "0000000000000000 T first\n");
  CHECK_FALSE(KernelSymbols(path.string()).available());
  CHECK_FALSE(KernelSymbols((folder.path / "none").string()).available());
}

TEST_CASE("a mapped file that is truncated reads as zeros") {
  const TemporaryFolder folder;
  fs::create_symlink("/", folder.path / "root");
  fs::create_directories(folder.path / "1");
  fs::create_symlink("/", folder.path / "1/root");
  const auto path = folder.path / "file";
  write(path, std::string(3 * 4096, 'x'));
  const auto file = TargetFile::in_root(ProcFs(folder.path.string()), 1, path.string());
  REQUIRE(file);
  const auto mapped = MappedFile::map(*file);
  REQUIRE(mapped);
  REQUIRE(::truncate(path.c_str(), 100) == 0);
  CHECK(mapped->bytes().size() == 3 * 4096);
  CHECK(std::to_integer<int>(mapped->bytes()[2 * 4096 + 7]) == 0);
  CHECK(std::to_integer<char>(mapped->bytes()[50]) == 'x');
}

TEST_CASE("what is no xz is no debug information") {
  CHECK(unpack_mini_debug_info({}).empty());
  CHECK(unpack_mini_debug_info(code(0xfd, '7', 'z', 'X', 'Z', 0, 1, 2)).empty());
}
