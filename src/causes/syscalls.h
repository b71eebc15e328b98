// Names of the system calls.
#pragma once

#include <cstdint>
#include <string>

namespace loopstall {

enum class Machine { X86_64, Arm64 };
#if defined(__aarch64__)
inline constexpr Machine kThisMachine = Machine::Arm64;
#else
inline constexpr Machine kThisMachine = Machine::X86_64;
#endif

// "read"; "syscall 512" for a number that is newer than the table; "" for a negative one, which means none.
std::string syscall_name(std::int64_t number, Machine machine = kThisMachine);

}  // namespace loopstall
