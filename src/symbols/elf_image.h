// A 64-bit little-endian ELF file or memory image as this room needs it: what is where, and the build id. Nothing in it
// is believed: offsets are clamped to the bytes, counts are capped. A broken image has less in it, and breaks nothing.
#pragma once

#include <elf.h>

#include <optional>
#include <string>
#include <vector>

#include "symbols/bytes.h"

namespace loopstall {

class ElfImage {
 public:
  struct Section {
    std::string name;
    Elf64_Shdr header;
  };

  // The bytes must outlive the image. nullopt: not an ELF file of this kind. The first page of one is enough for
  // segments and the build id.
  static std::optional<ElfImage> parse(Bytes bytes);

  Bytes bytes() const { return bytes_; }
  const std::vector<Elf64_Phdr>& segments() const { return segments_; }
  const std::vector<Section>& sections() const { return sections_; }
  const Section* section(std::string_view name) const;
  Bytes contents(const Section& section) const;              // empty for SHT_NOBITS
  Bytes contents(std::string_view section_name) const;       // empty if there is none
  const std::string& build_id() const { return build_id_; }  // lower-case hex; "" if there is none

  // The virtual address of a byte of the file, by the executable segments first.
  std::optional<std::uint64_t> address_of(std::uint64_t file_offset) const;
  // From a virtual address to the end of its segment in the file; empty if there is no such segment.
  Bytes at_address(std::uint64_t address) const;

 private:
  explicit ElfImage(Bytes bytes) : bytes_(bytes) {}
  bool read_tables();
  void read_sections(const Elf64_Ehdr& header);
  void find_build_id();
  Bytes bytes_;
  std::vector<Elf64_Phdr> segments_;
  std::vector<Section> sections_;
  std::string build_id_;
};

}  // namespace loopstall
