#include "runtimes/cpython_find.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtimes/cpython_debug_offsets.h"
#include "runtimes/cpython_version.h"
#include "runtimes/evidence.h"
#include "target/text.h"

namespace loopstall {
namespace {

constexpr std::size_t kMapsLimit = 4 << 20;
constexpr std::uint64_t kTypeName = 24;  // tp_name of a PyTypeObject

struct Mapping {
  std::uint64_t begin = 0, end = 0, offset = 0;
  std::string path;
};

// "7f2a5c021000-7f2a5c022000 r--p 00001000 fe:00 1234   /usr/lib/libpython3.9.so.1.0"
std::optional<Mapping> parse_mapping(std::string_view line) {
  const auto words = split_words(line);
  if (words.size() < 6 || !words[5].starts_with('/')) return std::nullopt;
  const auto range = split_at(words[0], '-');
  if (range.size() != 2) return std::nullopt;
  const auto begin = parse_number<std::uint64_t>(range[0], 16), end = parse_number<std::uint64_t>(range[1], 16);
  const auto offset = parse_number<std::uint64_t>(words[2], 16);
  if (!begin || !end || !offset) return std::nullopt;
  return Mapping{*begin, *end, *offset, std::string(line.substr(line.find('/')))};
}

bool is_libpython(std::string_view path) {
  const auto name = basename_of(path);
  return name.starts_with("libpython3.") && name.size() > 11 && name[11] >= '0' && name[11] <= '9';
}

// The mappings of the file that CPython is in: libpython where there is one, else the executable.
std::vector<Mapping> python_mappings(const ProcFs& proc, const ProcessInfo& process) {
  std::vector<Mapping> library, executable;
  const auto text = read_text(proc.path(process.pid, "maps"), kMapsLimit).value_or("");
  const auto exe = read_link(proc.path(process.pid, "exe"));  // with " (deleted)", as maps has it
  for (const auto line : split_at(text, '\n')) {
    auto mapping = parse_mapping(line);
    if (!mapping) continue;
    if (is_libpython(mapping->path))
      library.push_back(std::move(*mapping));
    else if (mapping->path == exe)
      executable.push_back(std::move(*mapping));
  }
  return library.empty() ? executable : library;
}

std::optional<ElfFile> open_mapped(const ProcFs& proc, int pid, const Mapping& mapping) {
  if (auto elf = ElfFile::open(TargetFile::mapped(proc, pid, mapping.begin, mapping.end))) return elf;
  return is_libpython(mapping.path) ? open_library(proc, pid, mapping.path) : open_exe(proc, pid);
}

// What to add to a symbol's value. Two mappings may hold the same page of a file; the type's name tells which is right.
std::optional<std::uint64_t> load_bias(const TargetMemory& memory, const ElfFile& elf,
                                       const std::vector<Mapping>& mappings) {
  const auto symbol = elf.exported("PyCode_Type");
  const auto offset = symbol ? elf.offset_of(symbol->st_value) : std::nullopt;
  if (!offset) return std::nullopt;
  for (const auto& m : mappings) {
    if (*offset < m.offset || *offset - m.offset >= m.end - m.begin) continue;
    const std::uint64_t type = m.begin + (*offset - m.offset);
    const auto name = memory.value<std::uint64_t>(type + kTypeName);
    if (name && memory.bytes(*name, 5) == std::string("code\0", 5)) return type - symbol->st_value;
  }
  return std::nullopt;
}

struct Addresses {
  std::uint64_t runtime = 0, code = 0, string = 0, bytes = 0, frame = 0;
  bool complete() const { return runtime && code && string && bytes && frame; }
};

Addresses addresses(const ElfFile& elf, std::uint64_t bias) {
  const auto address = [&](std::string_view name) {
    const auto symbol = elf.exported(name);
    return symbol ? bias + symbol->st_value : 0;
  };
  return {address("_PyRuntime"), address("PyCode_Type"), address("PyUnicode_Type"), address("PyBytes_Type"),
          address("PyFrame_Type")};
}

Result<Addresses> locate(const ProcFs& proc, const ProcessInfo& process, const TargetMemory& memory) {
  const auto mappings = python_mappings(proc, process);
  const auto elf = mappings.empty() ? std::nullopt : open_mapped(proc, process.pid, mappings.front());
  if (!elf) return fail("its program file can not be read");
  const auto bias = load_bias(memory, *elf, mappings);
  const auto found = bias ? addresses(*elf, *bias) : Addresses{};
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
