// The code of one target process: from a look at a thread to named native frames. Make a new one after the process has
// replaced its program (exec). Nothing here stops or changes the process; files are opened through its own root. Not
// for several threads; each call may read files, so not for the hot path.
#pragma once

#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "symbols/elf_cache.h"
#include "symbols/perf_map.h"
#include "symbols/unwinder.h"

namespace loopstall {

class AddressSpace {
 public:
  // The cache must outlive this.
  AddressSpace(const ProcFs& proc, int pid, ElfCache& cache);

  // stack: a copy of the bytes from stack_begin upwards, taken at the same instant as the registers.
  Unwound unwind(const Registers& registers, std::uint64_t stack_begin, Bytes stack);

  // The frames of one address: the functions inlined there first, then the one that has the code; at least one. Role is
  // Library: who decides it is the caller. Without a symbol: "libfoo.so!+0x1a2b0", where the function begins if that is
  // known from its unwind information, else the address, in the file's own addresses; in no file: "[jit]!+0x7f...".
  // Valid until the next call.
  const Stack& symbolize(std::uint64_t pc, bool return_address);

  SymbolLosses losses() const;

 private:
  struct Region {
    Mapping mapping;
    std::shared_ptr<ElfModule> module;
    bool opened = false;
  };
  Code code_at(std::uint64_t pc);
  Region* region_at(std::uint64_t pc);
  Region* find_region(std::uint64_t pc);
  void refresh();
  void open(Region& region);
  Stack describe(std::uint64_t address, bool& lasting);
  Frame jit_frame(std::uint64_t address);

  const ProcFs proc_;
  const int pid_;
  ElfCache& cache_;
  std::vector<Region> regions_;  // executable ones, by address
  std::vector<Mapping> mappings_;
  std::uint64_t refreshed_ns_ = 0;
  bool stale_ = true;  // something did not fit: the mappings may have changed
  PerfMapFile perf_map_;
  std::unordered_map<std::uint64_t, Stack> known_;  // by the address that is looked at
  Stack passing_;                                   // what may change: JIT code, unmapped code
  SymbolLosses losses_;
};

}  // namespace loopstall
