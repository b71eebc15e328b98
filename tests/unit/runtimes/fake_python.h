// Objects of a made-up CPython in a made-up memory.
#pragma once

#include <string>
#include <string_view>

#include "fake_memory.h"
#include "runtimes/cpython_layout.h"

namespace loopstall::test {

constexpr std::uint64_t kCodeType = 0x1000, kStringType = 0x2000, kBytesType = 0x3000, kCode = 0x10000, kFile = 0x20000,
                        kName = 0x30000, kTable = 0x40000, kInterp = 0x50000, kThread = 0x60000, kFrame = 0x70000;

inline PythonLayout layout_of(int minor) {
  return {.minor = minor,
          .interpreters = 0x4000,
          .code_type = kCodeType,
          .string_type = kStringType,
          .bytes_type = kBytesType,
          .offsets = *python_offsets(minor)};
}

template <class T>
void append(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// A compact str: header, state at 32, characters where the version has them.
inline std::string make_string(const PythonOffsets& o, std::string_view characters, std::uint32_t width, bool ascii,
                               std::uint32_t interned_bits = 2) {
  std::string object;
  for (const std::uint64_t word : {std::uint64_t{1}, kStringType, std::uint64_t{characters.size() / width}})
    append(object, word);
  append(object, std::uint64_t{0});  // hash
  append(object, (width | 8U | (ascii ? 16U : 0U)) << interned_bits);
  object.resize(ascii ? o.ascii_data : o.compact_data);
  return object + std::string(characters);
}

inline std::string make_bytes(std::string_view bytes, std::uint64_t length) {
  std::string object;
  for (const std::uint64_t word : {std::uint64_t{1}, kBytesType, length, std::uint64_t{0}}) append(object, word);
  return object + std::string(bytes);
}

// One code object of 3.13: "f" in "/a.py", line 7, whose first instruction is on line 9 (+2).
inline FakeMemory made_up(const PythonLayout& layout) {
  const auto& o = layout.offsets;
  FakeMemory memory;
  memory.put(kCode, std::string(512, '\0'));
  memory.set(kCode + 8, kCodeType);
  memory.set(kCode + o.code_filename, kFile);
  memory.set(kCode + o.code_name, kName);
  memory.set(kCode + o.code_linetable, kTable);
  memory.set(kCode + o.code_first_line, 7);
  memory.put(kFile, make_string(o, "/a.py", 1, true));
  memory.put(kName, make_string(o, "f", 1, true));
  memory.put(kTable, make_bytes("\xe0\x01\x01", 3));
  return memory;
}

}  // namespace loopstall::test
