// .eh_frame or .debug_frame of one file, read in place: a search reads the few entries that it passes. It is read by
// our own code and not by libdw, whose table costs a copy of the section, and whose reader of 0.188 lets one register
// number in a broken file cost 0.8 GB and 2 s (tests/unit/symbols/cfi.cpp holds the two against each other on whole
// libraries).
#pragma once

#include <vector>

#include "symbols/cfi_program.h"
#include "symbols/elf_image.h"

namespace loopstall {

class CfiTable {
 public:
  enum class Found { Yes, No, Broken };

  // .eh_frame with the search table of .eh_frame_hdr, or without one an index made at the first search. The image's
  // bytes must outlive the table.
  static CfiTable eh_frame(const ElfImage& image);
  static CfiTable debug_frame(Bytes section);

  // The entry whose code holds an address.
  Found find(std::uint64_t address, CfiEntry& entry);
  bool empty() const { return data_.empty(); }
  std::size_t memory() const { return index_.capacity() * sizeof(IndexEntry); }

 private:
  struct IndexEntry {
    std::uint64_t begin, offset;
  };
  struct Header {  // of a CIE or an FDE
    std::uint64_t id = 0, id_at = 0, end = 0;
    bool wide = false;  // 64-bit DWARF
  };
  CfiTable(Bytes data, std::uint64_t address, bool eh) : data_(data), address_(address), eh_(eh) {}
  bool use_search_table(const ElfImage& image);
  std::optional<std::uint64_t> search(std::uint64_t address);  // offset of the FDE that may hold it
  std::optional<std::uint64_t> search_table(std::uint64_t address) const;
  std::optional<std::uint64_t> search_index(std::uint64_t address);
  void build_index();
  bool read_header(std::uint64_t offset, Header& header) const;
  bool is_cie(const Header& header) const;
  bool read_fde(std::uint64_t offset, CfiEntry& entry) const;
  bool read_cie(std::uint64_t offset, CfiEntry& entry) const;
  bool read_augmentation(ByteReader& reader, const std::string& letters, CfiEntry& entry) const;

  Bytes data_;
  std::uint64_t address_;  // of data_; 0 for .debug_frame
  bool eh_;
  Bytes table_;  // of .eh_frame_hdr: pairs of 4-byte offsets from table_base_
  std::uint64_t table_base_ = 0;
  bool indexed_ = false;
  std::vector<IndexEntry> index_;
};

}  // namespace loopstall
