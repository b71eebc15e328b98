// Line tables of code objects: which line an instruction belongs to. Pure functions on bytes that the target may have
// overwritten: any bytes give some answer, after one pass over them.
#pragma once

#include <cstdint>
#include <string_view>

namespace loopstall {

// `instr` is the instruction's byte offset in the code, negative before the first one: that is on the function's own
// line. 0: the instruction belongs to no line, or the table does not reach it.

// 3.8 and 3.9, co_lnotab (Objects/lnotab_notes.txt): pairs of a step in the code and a signed step in lines.
std::uint32_t line_from_lnotab(std::string_view table, std::int32_t first_line, std::int32_t instr);
// 3.10, co_linetable: pairs of a range's length and its signed step in lines; -128: the range has no line.
std::uint32_t line_from_ranges(std::string_view table, std::int32_t first_line, std::int32_t instr);
// 3.11 and later, co_linetable as PEP 657 made it (Objects/locations.md, InternalDocs/code_objects.md).
std::uint32_t line_from_locations(std::string_view table, std::int32_t first_line, std::int32_t instr);

std::uint32_t python_line(int minor, std::string_view table, std::int32_t first_line, std::int32_t instr);

}  // namespace loopstall
