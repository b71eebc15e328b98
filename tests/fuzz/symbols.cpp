// What a target can put before the room symbols/: broken ELF files, perf maps, names, lines of maps. Each damaged input
// must end soon, without a crash; scripts that build with -fsanitize=address,undefined see more than a crash.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "catch.h"
#include "mutate.h"
#include "symbols/demangle.h"
#include "symbols/elf_module.h"
#include "symbols/mappings.h"
#include "symbols/mini_debug_info.h"
#include "symbols/perf_map.h"
#include "symbols/unwinder.h"

using namespace loopstall;

namespace {

using Clock = std::chrono::steady_clock;
constexpr unsigned kSeed = 20250101;

// More for a night's search; the tests use the number given.
unsigned rounds(unsigned usual) {
  const char* const factor = std::getenv("LOOPSTALL_FUZZ_FACTOR");
  return usual * static_cast<unsigned>(factor ? std::max(1, std::atoi(factor)) : 1);
}

std::vector<std::byte> read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  REQUIRE_FALSE(text.empty());
  const auto* const begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + text.size()};
}

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::vector<std::byte> corpus(const std::string& name) { return read_bytes(std::string(FUZZ_CORPUS) + "/" + name); }
std::vector<std::byte> program(const std::string& name) {
  return read_bytes(std::string(SYMBOLS_PROGRAMS) + "/" + name);
}

// Where a function of the undamaged file is, and code without one.
constexpr std::uint64_t kFirstCode = 0x1000, kLastCode = 0x1800;

void unwind(ElfModule& module, std::uint64_t pc, const std::vector<std::byte>& stack, SymbolLosses& losses) {
  Registers registers;
  registers.pc = pc;
  registers.sp = registers.fp = 0x7000;
  for (unsigned i = 0; i < registers.dwarf.size(); ++i) registers.dwarf[i] = 0x7000 + 8 * i;
  const CodeAt code_at = [&](std::uint64_t at) { return Code{at < 0x100000, &module, at}; };
  const auto unwound = unwind_stack(code_at, registers, StackCopy(0x7000, stack), losses);
  REQUIRE(unwound.frames.size() <= kMaxFrames);
}

// All that is done with a file of the target.
SymbolLosses use(std::vector<std::byte> bytes, const std::vector<std::byte>& stack, bool debug_info) {
  SymbolLosses losses;
  std::vector<std::byte> own = bytes;
  auto module = ElfModule::make(ElfBytes{std::nullopt, std::move(bytes)}, "/fuzz", nullptr);
  if (!module) return ++losses.bad_file, losses;
  Stack frames;
  for (std::uint64_t at = kFirstCode; at < kLastCode; at += 37) {
    unwind(*module, at, stack, losses);
    module->describe(at, frames, losses);
    module->image().address_of(at);
  }
  const auto image = ElfImage::parse(own);
  bool refused = false;
  const auto info = debug_info ? DebugInfo::open(own, *image, refused) : nullptr;
  if (refused) ++losses.debug_info_refused;
  for (std::uint64_t at = kFirstCode; info && at < kLastCode; at += 151) info->places(at);
  module->release();
  return losses;
}

// Return addresses and addresses of the stack, so that a wrong step goes on.
std::vector<std::byte> some_stack() {
  std::vector<std::byte> stack(4096);
  for (std::size_t i = 0; i < stack.size() / 8; ++i) {
    const std::uint64_t word = i % 3 == 0 ? 0x7000 + i * 8 + 64 : kFirstCode + (i * 53) % 0x800;
    std::memcpy(&stack[i * 8], &word, 8);
  }
  return stack;
}

struct Range {
  std::size_t begin, end;
};

// The parts of the file that are read; damage elsewhere proves nothing.
std::vector<Range> targets_in(const std::vector<std::byte>& bytes, const std::vector<std::string>& sections) {
  const auto image = ElfImage::parse(bytes);
  REQUIRE(image);
  std::vector<Range> ranges;
  for (const auto& name : sections) {
    const auto* const section = image->section(name);
    if (!section) continue;
    const auto begin = static_cast<std::size_t>(section->header.sh_offset);
    ranges.push_back({begin, begin + static_cast<std::size_t>(section->header.sh_size)});
  }
  REQUIRE_FALSE(ranges.empty());
  return ranges;
}

SymbolLosses damage(const std::string& name, std::vector<Range> ranges, unsigned count, bool debug_info) {
  const auto original = program(name);
  const auto stack = some_stack();
  Mutator mutator(kSeed);
  SymbolLosses losses;
  for (unsigned i = 0; i < rounds(count); ++i) {
    const Range range = ranges[mutator.below(ranges.size())];
    auto bytes = mutator.damaged(original, range.begin, range.end);
    if (i % 16 == 0) bytes.resize(mutator.below(bytes.size()));
    const auto begin = Clock::now();
    losses += use(std::move(bytes), stack, debug_info);
    INFO("round " << i);
    REQUIRE(Clock::now() - begin < std::chrono::seconds(20));
  }
  return losses;
}

}  // namespace

TEST_CASE("the undamaged program loses nothing that the damaged ones lose") {
  auto bytes = program("calls_debug");
  const auto losses = use(bytes, some_stack(), true);
  CHECK(losses.bad_file == 0);
  CHECK(losses.debug_info_refused == 0);
  const auto image = ElfImage::parse(bytes);
  const auto chain = SymbolTable(*image, SHT_SYMTAB);
  bool refused = false;
  const auto info = DebugInfo::open(bytes, *image, refused);
  std::size_t named = 0, explained = 0;
  for (std::uint64_t at = kFirstCode; at < kLastCode; at += 37) {
    named += chain.find(at).has_value();
    explained += !info->places(at).empty();
  }
  CHECK(named > 10);
  CHECK(explained > 10);
}

TEST_CASE("damaged unwind tables") {
  const auto bytes = program("calls");
  const auto losses = damage("calls", targets_in(bytes, {".eh_frame", ".eh_frame_hdr"}), 3000, false);
  CHECK(losses.bad_cfi > 0);
}

TEST_CASE("damaged .debug_frame") {
  const auto bytes = program("calls_debug_frame");
  damage("calls_debug_frame", targets_in(bytes, {".debug_frame", ".eh_frame"}), 1000, false);
}

TEST_CASE("damaged headers, symbols and notes") {
  const auto bytes = program("calls");
  auto ranges = targets_in(bytes, {".symtab", ".strtab", ".dynsym", ".note.gnu.build-id", ".shstrtab"});
  ranges.push_back({0, 64 + 14 * 56});                       // the header and the segments
  ranges.push_back({bytes.size() - 30 * 64, bytes.size()});  // the section headers are last
  const auto losses = damage("calls", ranges, 3000, false);
  CHECK(losses.bad_file > 0);
  CHECK(losses.no_symbol > 0);
}

TEST_CASE("damaged debug information") {
  const auto bytes = program("calls_debug");
  damage("calls_debug",
         targets_in(bytes, {".debug_info", ".debug_abbrev", ".debug_line", ".debug_str", ".debug_aranges",
                            ".debug_rnglists", ".debug_line_str", ".debug_loclists"}),
         3000, true);
}

TEST_CASE("damaged .gnu_debugdata") {
  const auto original = program("calls_mini.symbols.xz");
  Mutator mutator(kSeed);
  CHECK_FALSE(unpack_mini_debug_info(original).empty());
  unsigned broken = 0;
  for (unsigned i = 0; i < rounds(300); ++i)
    broken += unpack_mini_debug_info(mutator.damaged(original, 0, original.size())).empty();
  CHECK(broken > 0);
}

TEST_CASE("damaged perf maps") {
  const auto original = corpus("perf.map");
  Mutator mutator(kSeed);
  PerfMap map;
  for (unsigned i = 0; i < rounds(3000); ++i) {
    map.add(text_of(mutator.damaged(original, 0, original.size())));
    map.find(0x7f0000001000 + mutator.below(0x2000));
  }
  CHECK(map.bad_lines() > 0);
}

TEST_CASE("damaged names and lines of maps") {
  for (const char* name : {"names.txt", "maps.txt"}) {
    const auto original = corpus(name);
    Mutator mutator(kSeed);
    std::size_t read = 0;
    for (unsigned i = 0; i < rounds(3000); ++i) {
      const std::string text = text_of(mutator.damaged(original, 0, original.size()));
      for (std::size_t at = 0, end = 0; at < text.size(); at = end + 1) {
        end = std::min(text.find('\n', at), text.size());
        const auto line = text.substr(at, end - at);
        read += demangle(line) != line;
        read += parse_mapping(line).has_value();
      }
    }
    CHECK(read > 0);
  }
}
