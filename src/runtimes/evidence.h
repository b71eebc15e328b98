// What adapters look at: names of mapped files, and version strings inside a file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "target/elf_file.h"
#include "target/procfs.h"

namespace loopstall {

std::string_view exe_name(const ProcessInfo& process);

// The first mapped file whose basename starts so; nullptr if there is none.
const std::string* mapped_library(const ProcessInfo& process, std::string_view prefix);

std::optional<ElfFile> open_exe(const ProcFs& proc, int pid);
std::optional<ElfFile> open_library(const ProcFs& proc, int pid, const std::string& path);

// The leading "1.24.2" of a text: digits and dots, ending with a digit; empty if there is none.
std::string_view leading_version(std::string_view text);

// How much of one section an adapter reads at most. Measured on a program with 98 MB of .rodata: 0.75 ms a MiB and
// adapter, and two adapters read it; node's own strings lie in its first megabyte.
constexpr std::uint64_t kSearchLimit = 8ULL << 20;

}  // namespace loopstall
