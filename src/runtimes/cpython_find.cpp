#include "runtimes/cpython_find.h"

#include <fmt/format.h>

#include "runtimes/cpython_debug_offsets.h"
#include "runtimes/cpython_version.h"
#include "runtimes/python_image.h"
#include "target/text.h"

namespace loopstall {
namespace {

struct Addresses {
  std::uint64_t runtime = 0, code = 0, string = 0, bytes = 0, frame = 0;
  bool complete() const { return runtime && code && string && bytes && frame; }
};

Result<Addresses> locate(const ProcFs& proc, const ProcessInfo& process, const TargetMemory& memory) {
  const auto image = find_python_image(proc, process, memory);
  if (!image) return tl::unexpected(image.error());
  const Addresses found{image->address("_PyRuntime"), image->address("PyCode_Type"), image->address("PyUnicode_Type"),
                        image->address("PyBytes_Type"), image->address("PyFrame_Type")};
  if (!found.complete()) return fail("it does not export _PyRuntime and PyCode_Type");
  return found;
}

PythonLayout layout_at(const Addresses& at, int minor, const PythonOffsets& offsets) {
  return {.minor = minor,
          .interpreters = at.runtime + offsets.runtime_interpreters,
          .gil = offsets.runtime_gil == 0 ? 0 : at.runtime + offsets.runtime_gil,
          .code_type = at.code,
          .string_type = at.string,
          .bytes_type = at.bytes,
          .offsets = offsets};
}

// 11 of "3.11.2"; 0 if it is not told.
int minor_of(std::string_view version) {
  const auto parts = split_at(version, '.');
  if (parts.size() < 2 || parts[0] != "3") return 0;
  return parse_number<int>(parts[1].substr(0, parts[1].find_first_not_of("0123456789"))).value_or(0);
}

Result<PythonLayout> find_version(const ProcFs& proc, const ProcessInfo& process, int minor) {
  auto offsets = python_offsets(minor);
  if (!offsets) return fail("this version is not known");
#if !defined(__x86_64__)
  return fail("its layout is known for x86-64 only");
#endif
  const ProcessMemory memory(process.pid);
  const auto at = locate(proc, process, memory);
  if (!at) return tl::unexpected(at.error());
  if (minor >= 13)
    if (auto done = apply_debug_offsets(memory, at->runtime, minor, *offsets); !done)
      return tl::unexpected(done.error());
  auto layout = layout_at(*at, minor, *offsets);
  if (auto done = check_python(memory, layout, at->frame); !done) return tl::unexpected(done.error());
  return layout;
}

}  // namespace

Result<PythonLayout> find_python(const ProcFs& proc, const ProcessInfo& process) {
  ProcessInfo mapped = process;
  if (mapped.mapped.empty()) mapped.mapped = proc.mapped_files(process.pid);
  const auto version = cpython_version(proc, mapped);
  if (!version) return fail("no CPython");
  const int minor = minor_of(*version);
  if (minor == 0) return fail("a CPython that does not tell its version");
  auto layout = find_version(proc, mapped, minor);
  if (!layout) return fail(fmt::format("CPython {}: {}", *version, layout.error().message));
  return layout;
}

}  // namespace loopstall
