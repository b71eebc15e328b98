#include "runtimes/cpython_task_module.h"

#include <algorithm>

#include "runtimes/declared_type.h"
#include "target/text.h"

namespace loopstall {
namespace {

// struct Py_AsyncioModuleDebugOffsets of 3.14 and 3.15: 13 numbers, the sixth is asyncio_task_object.task_coro.
constexpr std::uint64_t kDebugBytes = 13 * 8, kDebugTaskCoro = 5 * 8;
constexpr int kFirstWithDebugSection = 14;

// uvloop/cbhandles.pxd, 0.14 to 0.22. Read on the kernel side: Handle.context 32, meth_name 48, cb_type 56, arg1 72;
// TimerHandle.callback 24.
constexpr std::int32_t kHandleBytes = 120;

constexpr std::int32_t kOneArgument = 8;  // METH_O

std::vector<FileMapping> named(const std::vector<FileMapping>& all, bool (*is)(std::string_view path)) {
  std::vector<FileMapping> found;
  std::copy_if(all.begin(), all.end(), std::back_inserter(found), [&](const FileMapping& m) { return is(m.path); });
  return found;
}

bool is_asyncio(std::string_view path) { return basename_of(path).starts_with("_asyncio."); }
bool is_uvloop(std::string_view path) { return path.find("/uvloop/loop.cpython-") != path.npos; }

bool debug_section_says(const ElfFile& elf, const PythonTaskOffsets& offsets) {
  const auto section = elf.section(".AsyncioDebug");
  std::uint64_t task_coro = 0;
  return section && section->size >= kDebugBytes &&
         elf.file().read_value(section->offset + kDebugTaskCoro, task_coro) && task_coro == offsets.task_coro;
}

std::optional<ElfFile> open_module(const ProcFs& proc, int pid, const std::vector<FileMapping>& module) {
  auto elf = open_mapped(proc, pid, module.front());
  if (elf) return elf;
  return ElfFile::open(TargetFile::in_root(proc, pid, module.front().path));
}

bool debug_matches(const ProcFs& proc, int pid, const PythonImage& image, const std::vector<FileMapping>& module,
                   const PythonTaskOffsets& offsets) {
  if (module.empty()) return debug_section_says(image.elf, offsets);
  const auto elf = open_module(proc, pid, module);
  return elf && debug_section_says(*elf, offsets);
}

std::optional<MappedCode> set_running_loop(const ProcFs& proc, int pid, const TargetMemory& memory,
                                           const PythonImage& image, const std::vector<FileMapping>& module) {
  const auto& mappings = module.empty() ? image.mappings : module;
  const auto functions = declared_functions(memory, mappings, "_set_running_loop", kOneArgument);
  if (functions.size() != 1) return std::nullopt;
  const auto code_in = [&](const ElfFile& elf) { return mapped_code(proc, pid, elf, mappings, functions.front()); };
  const auto elf = module.empty() ? std::nullopt : open_module(proc, pid, module);
  if (!module.empty() && !elf) return std::nullopt;
  auto code = code_in(elf ? *elf : image.elf);
  return code ? std::optional(std::move(*code)) : std::nullopt;
}

bool all_are(const std::vector<std::int32_t>& sizes, std::uint32_t expected) {
  return std::all_of(sizes.begin(), sizes.end(),
                     [&](std::int32_t size) { return static_cast<std::uint32_t>(size) == expected; });
}

// False: it is not loaded.
Result<bool> check_asyncio(const ProcFs& proc, int pid, const TargetMemory& memory, const PythonImage& image, int minor,
                           const std::vector<FileMapping>& module, const PythonTaskOffsets& offsets) {
  const auto sizes = declared_basicsizes(memory, module.empty() ? image.mappings : module, "_asyncio.Task");
  if (sizes.empty()) return false;
  if (!all_are(sizes, offsets.task_bytes) ||
      (minor >= kFirstWithDebugSection && !debug_matches(proc, pid, image, module, offsets)))
    return fail("its tasks are not laid out as in that version");
  return true;
}

Result<> check_uvloop(const TargetMemory& memory, const std::vector<FileMapping>& module) {
  const auto sizes = declared_basicsizes(memory, module, "uvloop.loop.Handle");
  if (sizes.empty() || !all_are(sizes, kHandleBytes)) return fail("its uvloop is not laid out as 0.14 to 0.23 are");
  return {};
}

}  // namespace

Result<TaskModules> check_task_modules(const ProcFs& proc, int pid, const TargetMemory& memory,
                                       const PythonImage& image, int minor, const PythonTaskOffsets& offsets) {
  const auto mappings = file_mappings(proc, pid);
  const auto asyncio = named(mappings, is_asyncio), uvloop = named(mappings, is_uvloop);
  const auto loaded = check_asyncio(proc, pid, memory, image, minor, asyncio, offsets);
  if (!loaded) return tl::unexpected(loaded.error());
  TaskModules modules{*loaded, !uvloop.empty(), set_running_loop(proc, pid, memory, image, asyncio)};
  if (!modules.uvloop) return modules;
  if (auto done = check_uvloop(memory, uvloop); !done) return tl::unexpected(done.error());
  return modules;
}

}  // namespace loopstall
