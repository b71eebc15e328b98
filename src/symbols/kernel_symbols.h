// Names of kernel addresses, from /proc/kallsyms. Without the right to see addresses (kptr_restrict) they all read 0:
// then nothing has a name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/evidence.h"

namespace loopstall {

class KernelSymbols {
 public:
  explicit KernelSymbols(std::string path = "/proc/kallsyms") : path_(std::move(path)) {}
  // Of kind and role Kernel. return_address: the byte before it is looked at. Without a name: "[kernel]+0xADDRESS".
  Frame frame(std::uint64_t pc, bool return_address);
  bool available();

 private:
  void load();
  void add_line(std::string_view line);
  void sort();
  std::string path_;
  bool loaded_ = false;
  // About 3.5 MB for 110,000 functions; read at the first use.
  std::vector<std::uint64_t> addresses_;
  std::vector<std::uint32_t> names_;  // where the name begins in text_
  std::string text_;                  // names and modules, each ended by a NUL
};

}  // namespace loopstall
