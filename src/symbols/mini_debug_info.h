// "MiniDebugInfo" (Fedora and others): an ELF file with a .symtab, packed with xz into the section .gnu_debugdata.
#pragma once

#include <vector>

#include "symbols/bytes.h"

namespace loopstall {

// Empty if it is none, broken, or more than 16 MiB.
std::vector<std::byte> unpack_mini_debug_info(Bytes section);

}  // namespace loopstall
