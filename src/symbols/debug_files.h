// Where the debug information of a stripped file is: GDB manual, "Debugging Information in Separate Files". Only files
// on this machine; debuginfod is never asked.
#pragma once

#include <optional>
#include <string>

#include "symbols/elf_image.h"
#include "symbols/mapped_file.h"

namespace loopstall {

// By build id, then by .gnu_debuglink; in the target's root, then in ours. Accepted only with the same build id, or
// where there is none, with the link's checksum.
std::optional<MappedFile> find_debug_file(const ProcFs& proc, int pid, const std::string& path, const ElfImage& image);

}  // namespace loopstall
