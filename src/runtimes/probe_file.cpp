#include "runtimes/probe_file.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "runtimes/prologue.h"

namespace loopstall {
namespace {

bool is_file(const std::string& path, std::uint64_t inode) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && info.st_ino == inode;
}

// map_files needs CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE. The name in the target's root may lead elsewhere by now, or
// through a link to our own root: then the inode is another.
std::string probe_path(const ProcFs& proc, int pid, const FileMapping& mapping) {
  const auto mapped = proc.path(pid, fmt::format("map_files/{:x}-{:x}", mapping.begin, mapping.end));
  if (is_file(mapped, mapping.inode)) return mapped;
  const auto named = proc.path(pid, "root") + path_in_root(proc, pid, mapping.path);
  return is_file(named, mapping.inode) ? named : "";
}

std::vector<std::uint8_t> code_at(const TargetFile& file, std::uint64_t offset) {
  std::vector<std::uint8_t> bytes(kPrologueBytes);
  bytes.resize(file.read(offset, bytes.data(), bytes.size()));
  return bytes;
}

}  // namespace

Result<MappedCode> mapped_code(const ProcFs& proc, int pid, const ElfFile& elf, std::span<const FileMapping> mappings,
                               std::uint64_t address) {
  const auto mapping = std::find_if(mappings.begin(), mappings.end(),
                                    [&](const FileMapping& m) { return m.executable && m.holds(address); });
  if (mapping == mappings.end()) return fail("is not in its program file");
  MappedCode code;
  code.file = probe_path(proc, pid, *mapping);
  if (code.file.empty()) return fail("is in a file that can not be opened any more");
  code.offset = address - mapping->begin + mapping->offset;
  code.bytes = code_at(elf.file(), code.offset);
  return code;
}

}  // namespace loopstall
