// What could not be resolved, counted: a report says so.
#pragma once

#include <cstdint>

namespace loopstall {

struct SymbolLosses {
  std::uint64_t no_file = 0;    // a mapped file that could not be opened, or that is another one by now
  std::uint64_t bad_file = 0;   // opened, but no ELF file that can be read
  std::uint64_t no_code = 0;    // an address outside all executable mappings
  std::uint64_t no_cfi = 0;     // unwinding met code without unwind information, and frame pointers did not help
  std::uint64_t bad_cfi = 0;    // unwind information that is broken or leads nowhere
  std::uint64_t no_symbol = 0;  // frames that are shown as an offset in their module
  std::uint64_t debug_info_refused = 0;  // debug information too big or too broken to be read
  std::uint64_t perf_map_lines = 0;      // lines of a perf map that are none, or beyond the cap
  SymbolLosses& operator+=(const SymbolLosses& o) {
    no_file += o.no_file, bad_file += o.bad_file, no_code += o.no_code, no_cfi += o.no_cfi, bad_cfi += o.bad_cfi;
    no_symbol += o.no_symbol, debug_info_refused += o.debug_info_refused, perf_map_lines += o.perf_map_lines;
    return *this;
  }
  bool operator==(const SymbolLosses&) const = default;
};

}  // namespace loopstall
