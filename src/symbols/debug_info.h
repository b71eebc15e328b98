// Source lines and inlined functions from DWARF, by libdw. This is the one place here where foreign code reads what the
// target chose, so it gets as little as possible: no debuginfod, no other file (a broken file could name any path of
// ours, see hide_links()), bounded sizes before, bounded walks within.
#pragma once

#include <elfutils/libdw.h>

#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "symbols/elf_image.h"

namespace loopstall {

class DebugInfo {
 public:
  struct Place {
    std::string function;  // as in the file: mangled where there is a linkage name; "" unknown
    std::string file;
    std::uint32_t line = 0, first_line = 0;  // 0 unknown
    bool inlined = false;                    // into the next place
  };

  // nullptr: there is none, or it was refused (then the flag is set). The bytes must outlive this and belong to it:
  // link sections are hidden in them.
  static std::unique_ptr<DebugInfo> open(std::span<std::byte> bytes, const ElfImage& image, bool& refused);

  // Innermost inlined function first; empty: nothing is known of the address.
  std::vector<Place> places(std::uint64_t address);
  std::size_t memory() const;  // an estimate: libdw does not tell

 private:
  struct Unit {
    std::uint64_t low, high, offset;
  };
  struct EndDwarf {
    void operator()(Dwarf* dwarf) const { dwarf_end(dwarf); }
  };
  struct EndElf {
    void operator()(Elf* elf) const { elf_end(elf); }
  };
  DebugInfo() = default;
  bool begin();
  bool unit_of(std::uint64_t address, Dwarf_Die& unit);
  void index_units();
  bool may_read_lines(Dwarf_Die& unit) const;
  void add_line(Dwarf_Die& unit, std::uint64_t address, Place& place) const;

  std::span<std::byte> bytes_;
  const ElfImage* image_ = nullptr;
  Bytes lines_;  // .debug_line; empty when it is compressed
  std::unique_ptr<Elf, EndElf> elf_;
  std::unique_ptr<Dwarf, EndDwarf> dwarf_;  // ends before elf_
  bool indexed_ = false;
  std::vector<Unit> units_;
  std::set<std::uint64_t> visited_;  // units whose lines libdw keeps
  std::size_t kept_ = 0;             // bytes of them
  std::size_t unpacked_ = 0;         // bytes of compressed sections
};

}  // namespace loopstall
