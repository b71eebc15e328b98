#include "runtimes/evidence.h"

#include "target/text.h"

namespace loopstall {

std::string_view exe_name(const ProcessInfo& process) { return basename_of(process.exe); }

const std::string* mapped_library(const ProcessInfo& process, std::string_view prefix) {
  for (const auto& path : process.mapped)
    if (basename_of(path).starts_with(prefix)) return &path;
  return nullptr;
}

std::optional<ElfFile> open_exe(const ProcFs& proc, int pid) {
  return ElfFile::open(TargetFile::executable(proc, pid));
}

std::optional<ElfFile> open_library(const ProcFs& proc, int pid, const std::string& path) {
  return ElfFile::open(TargetFile::in_root(proc, pid, path));
}

std::string_view leading_version(std::string_view text) {
  auto version = text.substr(0, text.find_first_not_of("0123456789."));
  while (version.ends_with('.')) version.remove_suffix(1);
  return version;
}

}  // namespace loopstall
