// str and bytes objects of a running CPython. Whatever does not look like one, or is too long, is refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtimes/cpython_layout.h"
#include "runtimes/cpython_memory.h"

namespace loopstall {

constexpr std::size_t kMaxPythonString = 512;       // characters; of a longer one the first, and "..."
constexpr std::size_t kMaxPythonBytes = 64 * 1024;  // a line table of 64 KiB is that of 10,000 lines

// As UTF-8, surrogates that stand alone as U+FFFD.
std::optional<std::string> python_string(const TargetMemory& memory, const PythonLayout& layout, std::uint64_t address);
std::optional<std::string> python_bytes(const TargetMemory& memory, const PythonLayout& layout, std::uint64_t address);

// Characters of `width` bytes (1, 2, 4: Latin-1, UCS-2, UCS-4), little-endian, to UTF-8.
std::string utf8_from(std::string_view characters, std::size_t width);

}  // namespace loopstall
