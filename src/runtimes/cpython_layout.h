// Where a CPython of one minor version keeps what a stack walk needs: offsets as DWARF of x86-64 builds has them (3.8
// to 3.15, Debian's and pyenv's), the same in all patch releases unless said otherwise. Free-threaded builds differ.
#pragma once

#include <cstdint>
#include <optional>

namespace loopstall {

// The mirror of struct ls_python (probes/python.h), which says more about each, plus what names need.
struct PythonOffsets {
  std::uint32_t runtime_interpreters = 0;  // in _PyRuntime: pointer to the first interpreter
  std::uint32_t runtime_gil = 0;           // in _PyRuntime; 0: interpreters point to theirs

  std::uint32_t interp_next = 0, interp_threads = 0, interp_gil = 0;
  std::uint32_t thread_next = 8, thread_interp = 16, thread_id = 0;
  std::uint32_t thread_native_id = 0;  // 0: there is none
  std::uint32_t thread_frame = 0;
  bool has_cframe = false;
  std::uint32_t cframe_frame = 0;

  std::uint32_t frame_begin = 0, frame_bytes = 0;  // one block of a frame; the next four are offsets in it
  std::uint32_t frame_previous = 0, frame_code = 0, frame_instr = 0, frame_owner = 0;
  std::uint32_t owner_shim = 0;
  std::uint32_t lasti_unit = 0;

  std::uint32_t code_bytes = 0;
  std::uint32_t code_filename = 0, code_name = 0, code_linetable = 0, code_first_line = 0;
  std::uint32_t code_start = 0;

  std::uint32_t ascii_data = 0, compact_data = 0;  // of str: where the characters of a compact string begin
  bool operator==(const PythonOffsets&) const = default;
};

// One process' CPython.
struct PythonLayout {
  int minor = 0;                            // 11 for 3.11
  std::uint64_t interpreters = 0, gil = 0;  // addresses; gil 0: each interpreter points to its own
  std::uint64_t code_type = 0, string_type = 0, bytes_type = 0;
  PythonOffsets offsets;
  bool operator==(const PythonLayout&) const = default;
};

constexpr int kFirstPythonMinor = 8, kLastPythonMinor = 15;

std::optional<PythonOffsets> python_offsets(int minor);

}  // namespace loopstall
