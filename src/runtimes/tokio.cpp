// tokio: Rust's most used async runtime.
//
// One worker at a time waits in epoll_wait; the others, and the thread in block_on, sleep on a futex. So a futex sleep
// of a thread that also waits in epoll ends an iteration.
//
// How it shows: panic messages carry source paths, "/registry/src/.../tokio-1.24.2/src/runtime/...", in .rodata,
// stripped or not; else symbols, where both manglings write the crate and module as "5tokio7runtime".
//
// Checked: tokio 1.24.2 (Debian crate), stripped release build; the trait on the same version.
//
// LIMITATIONS: a stripped binary built without paths (location-detail=none) is "native", as is one whose paths lie
// beyond kSearchLimit. The version is 1.x only. tokio in a shared library (a Python extension) is not looked for.
#include <algorithm>

#include "runtimes/adapters.h"
#include "runtimes/evidence.h"

namespace loopstall {
namespace {

constexpr std::string_view kPath = "tokio-1.";
constexpr int kTries = 16;
constexpr std::string_view kSymbol = "5tokio7runtime";

// "1.24.2" of "tokio-1.24.2/src/"; empty for what merely resembles it.
std::string_view version_in(std::string_view path) {
  const auto version = leading_version(path);
  return path.substr(version.size()).starts_with("/src/") ? version : std::string_view();
}

std::string version_in_paths(const ElfFile& elf) {
  const auto rodata = elf.section(".rodata").value_or(ElfFile::Section{});
  const auto end = rodata.offset + std::min(rodata.size, kSearchLimit);
  auto at = elf.file().search(rodata.offset, end - rodata.offset, kPath);
  for (int tries = 0; at && tries < kTries; ++tries) {
    const auto text = elf.file().text(*at + kPath.size() - 2, 24);
    if (const auto version = version_in(text); !version.empty()) return std::string(version);
    at = elf.file().search(*at + 1, end - *at - 1, kPath);
  }
  return "";
}

}  // namespace

Detected detect_tokio(const ProcFs& proc, const ProcessInfo& process) {
  const auto elf = open_exe(proc, process.pid);
  if (!elf) return std::nullopt;
  const auto version = version_in_paths(*elf);
  if (version.empty() && !elf->search(".strtab", kSymbol, kSearchLimit)) return std::nullopt;
  return Runtime{version.empty() ? "tokio" : "tokio " + version, {.futex_sleep_ends_iteration = true}};
}

}  // namespace loopstall
