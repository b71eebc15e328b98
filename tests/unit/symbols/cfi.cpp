// Our reader of unwind tables against elfutils' own, on every function of whole libraries.
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <link.h>
#include <unistd.h>

#include "catch.h"
#include "symbols/cfi_table.h"
#include "symbols/mapped_file.h"

using namespace loopstall;

namespace {

// A rule in one form for both.
struct Plain {
  int kind = RegisterRule::Same;
  std::int64_t number = 0;
  bool operator==(const Plain&) const = default;
};

Plain ours(const RegisterRule& rule) {
  const bool expression = rule.kind == RegisterRule::AtExpression || rule.kind == RegisterRule::ValueExpression;
  return {rule.kind, expression ? 0 : rule.number};
}

Plain theirs(Dwarf_Frame* frame, int number) {
  Dwarf_Op memory[3];
  Dwarf_Op* ops = nullptr;
  std::size_t count = 0;
  REQUIRE(dwarf_frame_register(frame, number, memory, &ops, &count) == 0);
  if (count == 0) return {ops == nullptr ? RegisterRule::Same : RegisterRule::Undefined};
  const bool value = ops[count - 1].atom == DW_OP_stack_value;
  if (value) --count;
  if (ops == memory && ops[0].atom == DW_OP_call_frame_cfa) {
    const auto offset = count == 2 ? static_cast<std::int64_t>(ops[1].number) : 0;
    return {value ? RegisterRule::ValueOffset : RegisterRule::AtOffset, offset};
  }
  if (ops == memory && ops[0].atom == DW_OP_regx)
    return {RegisterRule::Register, static_cast<std::int64_t>(ops[0].number)};
  return {value ? RegisterRule::ValueExpression : RegisterRule::AtExpression};
}

struct Comparison {
  std::size_t rows = 0, different = 0, expressions = 0;
};

class Referee {
 public:
  explicit Referee(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    elf_version(EV_CURRENT);
    elf_ = elf_begin(fd_, ELF_C_READ_MMAP, nullptr);
    cfi_ = dwarf_getcfi_elf(elf_);
    REQUIRE(cfi_ != nullptr);
  }
  ~Referee() {
    dwarf_cfi_end(cfi_);
    elf_end(elf_);
    ::close(fd_);
  }
  void compare(const CfiEntry& entry, std::uint64_t address, Comparison& result) {
    const auto row = row_at(entry, address);
    Dwarf_Frame* frame = nullptr;
    REQUIRE(dwarf_cfi_addrframe(cfi_, address, &frame) == 0);
    REQUIRE(row);
    ++result.rows;
    bool signal = false;
    REQUIRE(dwarf_frame_info(frame, nullptr, nullptr, &signal) == static_cast<int>(entry.return_register));
    bool same = same_cfa(frame, *row, result) && signal == entry.signal_frame;
    // The registers that a call keeps, and the return address: libdw has an opinion of its own of the others.
    for (const int number : {3, 6, 12, 13, 14, 15, 16})
      same = same && agree(number, ours(row->rules[static_cast<unsigned>(number)]), theirs(frame, number));
    if (!same) ++result.different;
    std::free(frame);
  }

 private:
  // Where a table says nothing of rbx, libdw 0.188 calls it lost: its table of the ABI has it as number 0, which is
  // rax.
  static bool agree(int number, const Plain& a, const Plain& b) {
    return a == b || (number == 3 && a.kind == RegisterRule::Same && b.kind == RegisterRule::Undefined);
  }
  static bool same_cfa(Dwarf_Frame* frame, const CfiRow& row, Comparison& result) {
    Dwarf_Op* ops = nullptr;
    std::size_t count = 0;
    if (dwarf_frame_cfa(frame, &ops, &count) != 0) return false;
    if (!row.cfa_expression.empty()) return ++result.expressions, count > 1;
    if (count != 1) return false;
    const bool extended = ops[0].atom == DW_OP_bregx;
    const auto number = extended ? ops[0].number : ops[0].atom - std::uint64_t{DW_OP_breg0};
    const auto offset = static_cast<std::int64_t>(extended ? ops[0].number2 : ops[0].number);
    return number == row.cfa_register && offset == row.cfa_offset;
  }
  int fd_;
  Elf* elf_;
  Dwarf_CFI* cfi_;
};

Comparison compare_all(const std::string& path) {
  Referee referee(path);
  const auto file = TargetFile::in_root(ProcFs(), ::getpid(), path);
  REQUIRE(file);
  const auto mapped = MappedFile::map(*file);
  const auto image = ElfImage::parse(mapped->bytes());
  REQUIRE(image);
  auto table = CfiTable::eh_frame(*image);
  Comparison result;
  for (const auto& segment : image->segments()) {
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
    for (std::uint64_t at = segment.p_vaddr; at < segment.p_vaddr + segment.p_filesz; at += 7) {
      CfiEntry entry;
      if (table.find(at, entry) == CfiTable::Found::Yes) referee.compare(entry, at, result);
    }
  }
  return result;
}

std::string path_of(const char* name) {
  std::pair<const char*, std::string> search{name, ""};
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* data) {
        auto& wanted = *static_cast<std::pair<const char*, std::string>*>(data);
        if (std::strstr(info->dlpi_name, wanted.first) != nullptr) wanted.second = info->dlpi_name;
        return 0;
      },
      &search);
  return search.second;
}

}  // namespace

TEST_CASE("every row of the C and C++ libraries is what libdw says") {
  for (const char* name : {"libc.so", "libstdc++.so", "libdw", "libgcc_s"}) {
    const auto result = compare_all(path_of(name));
    INFO(name << " " << result.rows << " rows, " << result.expressions << " expressions");
    CHECK(result.rows > 5'000);
    CHECK(result.different == 0);
  }
}

TEST_CASE("without a search table the index finds the same entries") {
  const auto file = TargetFile::in_root(ProcFs(), ::getpid(), path_of("libgcc_s"));
  const auto mapped = MappedFile::map(*file);
  const auto image = ElfImage::parse(mapped->bytes());
  std::vector<std::byte> copy(mapped->bytes().begin(), mapped->bytes().end());
  for (std::size_t i = 0; i < image->segments().size(); ++i)
    if (image->segments()[i].p_type == PT_GNU_EH_FRAME)
      copy[64 + i * sizeof(Elf64_Phdr)] = std::byte{0};  // PT_GNU_EH_FRAME becomes unknown
  const auto blind = ElfImage::parse(copy);
  auto searched = CfiTable::eh_frame(*image), indexed = CfiTable::eh_frame(*blind);
  std::size_t found = 0;
  for (std::uint64_t at = 0; at < copy.size(); at += 13) {
    CfiEntry a, b;
    const auto how = searched.find(at, a);
    REQUIRE(indexed.find(at, b) == how);
    if (how == CfiTable::Found::Yes) ++found;
    REQUIRE(a.begin == b.begin);
  }
  CHECK(found > 1000);
  CHECK(searched.memory() == 0);
  CHECK(indexed.memory() > 0);
}
