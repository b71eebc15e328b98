// The file that a process' CPython is in, and where it is mapped: libpython where there is one, else the executable;
// PIE or not, stripped (.dynsym stays) or not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtimes/cpython_memory.h"
#include "target/elf_file.h"
#include "target/procfs.h"

namespace loopstall {

// One line of /proc/PID/maps that has a file.
struct FileMapping {
  std::uint64_t begin = 0, end = 0, offset = 0;
  std::uint64_t inode = 0;
  bool executable = false;
  std::string path;  // as the target sees it, with " (deleted)" if it was
  bool holds(std::uint64_t address) const { return address >= begin && address < end; }
};

std::vector<FileMapping> file_mappings(const ProcFs& proc, int pid);

// The file behind a mapping, even if its name is gone, where the kernel lets this user open it so.
std::optional<ElfFile> open_mapped(const ProcFs& proc, int pid, const FileMapping& mapping);

struct PythonImage {
  ElfFile elf;
  std::uint64_t bias = 0;  // to add to a symbol's value
  std::vector<FileMapping> mappings;
  // Of an exported symbol; 0 if there is none.
  std::uint64_t address(std::string_view name) const;
};

Result<PythonImage> find_python_image(const ProcFs& proc, const ProcessInfo& process, const TargetMemory& memory);

}  // namespace loopstall
