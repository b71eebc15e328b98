// The files that are mapped into targets, each once however many processes map it: by build id and size, or without a
// build id by device, inode, time and size. Not for several threads.
#pragma once

#include <map>
#include <memory>

#include "symbols/elf_module.h"
#include "symbols/mappings.h"

namespace loopstall {

class ElfCache {
 public:
  // limit: bytes of symbol indexes and the like (not of mapped files, whose pages the kernel takes back as it likes).
  explicit ElfCache(std::size_t limit = 8U << 20) : limit_(limit) {}

  // The file behind one of the process's mappings; all its mappings, to check a build id in memory. nullptr, counted,
  // if it can not be had, or if another file is at its path by now.
  std::shared_ptr<ElfModule> open(const ProcFs& proc, int pid, const Mapping& mapping,
                                  const std::vector<Mapping>& mappings, SymbolLosses& losses);
  // Drops what nobody holds, and tables beyond the limit: they come back when needed (150 ms for libc's compressed
  // debug information, less for all else). Called here whenever the mappings of a process were read; call it now and
  // then.
  void trim();
  std::size_t memory() const;
  std::size_t size() const { return modules_.size(); }

 private:
  std::shared_ptr<ElfModule> keep(std::string key, std::unique_ptr<ElfModule> module);
  std::size_t limit_;
  std::map<std::string, std::shared_ptr<ElfModule>> modules_;
};

}  // namespace loopstall
