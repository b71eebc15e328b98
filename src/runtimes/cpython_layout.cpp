#include "runtimes/cpython_layout.h"

namespace loopstall {
namespace {

// 3.8 to 3.10: PyFrameObject from f_back (24) to f_lasti; PyCodeObject up to co_lnotab or co_linetable (120).
PythonOffsets frame_objects() {
  PythonOffsets o;
  o.runtime_interpreters = 32;
  o.interp_threads = 8;
  o.thread_id = 176;
  o.thread_frame = 24;
  o.frame_begin = 24, o.frame_previous = 0, o.frame_code = 8;
  o.code_bytes = 128, o.code_filename = 104, o.code_name = 112, o.code_linetable = 120, o.code_first_line = 40;
  o.ascii_data = 48, o.compact_data = 72;
  return o;
}

PythonOffsets v8() {
  auto o = frame_objects();
  o.runtime_gil = 1152;
  o.frame_instr = 80, o.frame_bytes = 84, o.lasti_unit = 1;
  return o;
}

PythonOffsets v9() {
  auto o = v8();
  o.runtime_gil = 352;
  return o;
}

PythonOffsets v10() {
  auto o = v9();
  o.frame_instr = 72, o.frame_bytes = 76, o.lasti_unit = 2;
  return o;
}

// 3.11: _PyInterpreterFrame from f_code (32) to owner (69), found through PyThreadState.cframe.
PythonOffsets v11() {
  auto o = frame_objects();
  o.runtime_interpreters = 40, o.runtime_gil = 360;
  o.interp_threads = 16;
  o.thread_id = 152, o.thread_native_id = 160, o.thread_frame = 56, o.has_cframe = true, o.cframe_frame = 8;
  o.frame_begin = 32, o.frame_bytes = 40;
  o.frame_code = 0, o.frame_previous = 16, o.frame_instr = 24, o.frame_owner = 37;
  o.code_bytes = 144, o.code_filename = 112, o.code_name = 128, o.code_linetable = 136, o.code_first_line = 72;
  o.code_start = 184;
  return o;
}

// 3.12: the GIL moves into the interpreter, and frames of owner 3 (FRAME_OWNED_BY_CSTACK) are entries of the
// interpreter.
PythonOffsets v12() {
  auto o = v11();
  o.runtime_gil = 0, o.interp_gil = 384;
  o.interp_threads = 72;
  o.thread_id = 136, o.thread_native_id = 144, o.cframe_frame = 0;
  o.frame_begin = 0, o.frame_bytes = 72;
  o.frame_code = 0, o.frame_previous = 8, o.frame_instr = 56, o.frame_owner = 70, o.owner_shim = 3;
  o.code_first_line = 68, o.code_start = 192;
  o.ascii_data = 40, o.compact_data = 56;
  return o;
}

// 3.13 and later: _Py_DebugOffsets confirms or corrects what is here; see cpython_debug_offsets.h.
PythonOffsets v13() {
  auto o = v12();
  o.runtime_interpreters = 632, o.interp_gil = 16, o.interp_next = 7264, o.interp_threads = 7344;
  o.thread_id = 152, o.thread_native_id = 160, o.thread_frame = 72, o.has_cframe = false;
  o.code_start = 200;
  return o;
}

PythonOffsets v14() {
  auto o = v13();
  o.runtime_interpreters = 808, o.interp_next = 7272;
  o.frame_bytes = 76, o.frame_owner = 74;
  o.code_start = 208;
  return o;
}

PythonOffsets v15() {
  auto o = v14();
  o.runtime_interpreters = 936, o.interp_next = 7264, o.interp_threads = 7336;
  o.thread_id = 176, o.thread_native_id = 184;
  return o;
}

}  // namespace

std::optional<PythonOffsets> python_offsets(int minor) {
  constexpr PythonOffsets (*kTable[])() = {v8, v9, v10, v11, v12, v13, v14, v15};
  if (minor < kFirstPythonMinor || minor > kLastPythonMinor) return std::nullopt;
  return kTable[minor - kFirstPythonMinor]();
}

}  // namespace loopstall
