// The functions of one .symtab or .dynsym: address -> name. The index is made at the first look; names stay in the
// file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "symbols/elf_image.h"

namespace loopstall {

struct Symbol {
  std::string name;         // as in the file: mangled, without a "@VERSION"
  std::uint64_t begin = 0;  // address
  std::uint64_t size = 0;   // 0: assembly that does not say
};

class SymbolTable {
 public:
  // The image's bytes must outlive the table. Empty if the image has no such section.
  SymbolTable(const ElfImage& image, std::uint32_t section_type);
  // The function that holds an address. Of several names of one function: the one people know ("read", not
  // "__libc_read"), by the order that rank() gives.
  std::optional<Symbol> find(std::uint64_t address) const;
  bool empty() const { return entries_.empty(); }
  std::size_t memory() const { return entries_.capacity() * sizeof(Entry); }

 private:
  struct Entry {
    std::uint64_t begin;
    std::uint32_t size, name;
  };
  struct Candidate;
  void add(const Elf64_Sym& symbol);
  void sort_and_merge();
  std::string name_of(const Entry& entry) const;
  Bytes names_;
  std::vector<Entry> entries_;
};

}  // namespace loopstall
