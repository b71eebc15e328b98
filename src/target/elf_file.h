// The little that runtime detection needs of a 64-bit little-endian ELF file: its sections, one exported symbol,
// the bytes at an address. Every number in the file is the target's to choose, so each is checked or clamped
// before use; a broken file finds nothing, and costs no more than a good one.
#pragma once

#include <elf.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "target/target_file.h"

namespace loopstall {

class ElfFile {
 public:
  struct Section {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;  // clamped to the file; 0 for .bss
  };

  // nullopt: not an ELF file of this kind.
  static std::optional<ElfFile> open(std::optional<TargetFile> file);

  const TargetFile& file() const { return file_; }
  std::optional<Section> section(std::string_view name) const;
  // A defined symbol of .dynsym, through .gnu.hash: a handful of reads also in a binary of 70,000 symbols.
  std::optional<Elf64_Sym> exported(std::string_view name) const;
  // Where the byte at a virtual address is in the file.
  std::optional<std::uint64_t> offset_of(std::uint64_t address) const;
  // Offset of the first pattern in a section, looking at no more than the first `limit` bytes of it.
  std::optional<std::uint64_t> search(std::string_view section, std::string_view pattern, std::uint64_t limit) const;

 private:
  explicit ElfFile(TargetFile file) : file_(std::move(file)) {}
  bool read_tables();
  std::string_view section_name(std::uint32_t offset) const;
  Section bounded(const Elf64_Shdr& header) const;
  TargetFile file_;
  std::vector<Elf64_Shdr> sections_;
  std::vector<Elf64_Phdr> segments_;
  std::string names_;  // .shstrtab
};

}  // namespace loopstall
