#include "evidence/mixed_stack.h"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace loopstall {
namespace {

bool evaluates_python(const Frame& frame) {
  return frame.function.starts_with("_PyEval_EvalFrame") || frame.function.starts_with("_PyEval_Vector");
}

// How the interpreter gets from bytecode to a C function and back; a static function of a stripped interpreter has no
// name to tell it by.
bool is_glue(const Frame& frame, const std::string& interpreter) {
  const std::string_view name = frame.function;
  if (name.find("vectorcall") != name.npos || name.starts_with("_PyObject_") || name.starts_with("PyObject_") ||
      name.starts_with("_PyEval_") || name.starts_with("PyEval_") || name.starts_with("_PyFunction_"))
    return true;
  return frame.module == interpreter && (name.find("!+0x") != name.npos || name.starts_with("cfunction_") ||
                                         name.starts_with("method_") || name.starts_with("slot_"));
}

// Without a frame that evaluates Python nothing tells what the innermost Python frame called.
Stack called_from_python(Stack native) {
  const auto eval = std::find_if(native.begin(), native.end(), evaluates_python);
  if (eval == native.end()) return {};
  const std::string interpreter = eval->module;
  native.erase(eval, native.end());
  std::erase_if(native, [&](const Frame& frame) { return is_glue(frame, interpreter); });
  for (Frame& frame : native) frame.role = FrameRole::Library;  // the user's code is Python
  return native;
}

}  // namespace

Stack mixed_stack(Stack kernel, Stack native, Stack python) {
  Stack all = std::move(kernel);
  if (!python.empty()) native = called_from_python(std::move(native));
  std::move(native.begin(), native.end(), std::back_inserter(all));
  std::move(python.begin(), python.end(), std::back_inserter(all));
  return all;
}

}  // namespace loopstall
