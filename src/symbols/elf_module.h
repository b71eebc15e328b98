// One ELF file or the vdso, with all that is known of its code. Tables are made at the first use and dropped by
// release(); they come back when they are needed again.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "model/evidence.h"
#include "symbols/cfi_table.h"
#include "symbols/debug_info.h"
#include "symbols/losses.h"
#include "symbols/mapped_file.h"
#include "symbols/symbol_table.h"

namespace loopstall {

// Bytes of an ELF image and who owns them.
struct ElfBytes {
  std::optional<MappedFile> file;
  std::vector<std::byte> copy;  // the vdso
  Bytes bytes() const { return file ? file->bytes() : Bytes(copy); }
};

class ElfModule {
 public:
  // Finds the separate debug file; called once, when it is first needed.
  using DebugFile = std::function<std::optional<MappedFile>(const ElfImage&)>;

  // nullptr: no ELF file of this kind.
  static std::unique_ptr<ElfModule> make(ElfBytes bytes, std::string path, DebugFile debug_file);

  const ElfImage& image() const { return *image_; }
  const std::string& path() const { return path_; }  // as the target sees it; "[vdso]"

  // Addresses are the file's own.
  CfiTable::Found find_cfi(std::uint64_t address, CfiEntry& entry);
  std::optional<Symbol> symbol(std::uint64_t address);
  // Appends the frames of one address, innermost inlined first; at least one.
  void describe(std::uint64_t address, Stack& stack, SymbolLosses& losses);

  std::size_t memory() const;  // bytes of the tables that release() frees
  void release();

 private:
  ElfModule(ElfBytes bytes, std::string path, DebugFile debug_file);
  const ElfImage* debug_image();
  Bytes plain_debug_frame();
  const std::vector<SymbolTable>& symbol_tables();
  void read_symbols();
  void forget_pages() const;
  DebugInfo* debug_info(SymbolLosses& losses);
  std::string offset_name(std::uint64_t address);

  ElfBytes bytes_;
  std::optional<ElfImage> image_;
  std::string path_;
  DebugFile find_debug_file_;
  bool looked_for_debug_file_ = false, looked_for_debug_info_ = false;
  std::optional<MappedFile> debug_file_;
  std::optional<ElfImage> debug_image_;
  std::unique_ptr<CfiTable> eh_frame_, debug_frame_;
  std::vector<std::byte> mini_;  // .gnu_debugdata unpacked: the names of symbols_
  std::optional<std::vector<SymbolTable>> symbols_;
  std::unique_ptr<DebugInfo> debug_info_;
};

}  // namespace loopstall
