// The functions that one address is in, by DWARF: the one that has code of its own, and those inlined into it.
#pragma once

#include "symbols/debug_info.h"

namespace loopstall {

// places holds the innermost place's line on entry. Unchanged if no function holds the address.
void append_inline_chain(Dwarf_Die& unit, std::uint64_t address, bool lines, std::vector<DebugInfo::Place>& places);

}  // namespace loopstall
