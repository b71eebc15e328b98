// How to name a mapped file to the kernel for a probe, and what stands in it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtimes/python_image.h"

namespace loopstall {

struct MappedCode {
  std::string file;  // /proc/PID/map_files/... opens it also if its name is gone or another file's by now
  std::uint64_t offset = 0;
  std::vector<std::uint8_t> bytes;  // from the file: the memory may have a breakpoint of somebody else's probe
};

// The code at an address that is in one of elf's mappings.
Result<MappedCode> mapped_code(const ProcFs& proc, int pid, const ElfFile& elf, std::span<const FileMapping> mappings,
                               std::uint64_t address);

}  // namespace loopstall
