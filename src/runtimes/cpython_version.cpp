// Where a version shows, best first:
//   Py_Version   exported constant of 3.11 and later, in the executable (static builds, Debian) or in libpython:
//                0x030b02f0 is 3.11.2 final
//   file names   libpython3.9.so.1.0, libpython3.6m.so.1.0, python3.9, _socket.cpython-39-x86_64-linux-gnu.so
#include "runtimes/cpython_version.h"

#include <fmt/format.h>

#include "runtimes/evidence.h"
#include "target/text.h"

namespace loopstall {
namespace {

// PY_VERSION_HEX: major, minor, micro, level (a, b, c, f) and serial, the last two in one byte.
std::string decode_hex_version(std::uint64_t hex) {
  auto text = fmt::format("{}.{}.{}", hex >> 24 & 0xff, hex >> 16 & 0xff, hex >> 8 & 0xff);
  const auto level = hex >> 4 & 0xf, serial = hex & 0xf;
  if (level == 0xf) return text;
  return text + (level == 0xa ? "a" : level == 0xb ? "b" : "rc") + std::to_string(serial);
}

std::optional<std::string> exported_version(const std::optional<ElfFile>& elf) {
  if (!elf) return std::nullopt;
  const auto symbol = elf->exported("Py_Version");
  const auto offset = symbol ? elf->offset_of(symbol->st_value) : std::nullopt;
  std::uint64_t hex = 0;
  if (!offset || !elf->file().read_value(*offset, hex) || hex >> 24 != 3) return std::nullopt;
  return decode_hex_version(hex);
}

// "3.11" after a prefix of a file name; also "39" and "311" of "cpython-311-x86_64".
std::string version_after(std::string_view name, std::string_view prefix) {
  const auto at = name.find(prefix);
  if (at == name.npos) return "";
  const auto version = leading_version(name.substr(at + prefix.size()));
  if (version.size() < 2 || version.find('.') != version.npos) return std::string(version);
  return fmt::format("{}.{}", version.substr(0, 1), version.substr(1));
}

std::string version_in_extension_names(const ProcessInfo& process) {
  for (const auto& path : process.mapped)
    if (auto version = version_after(basename_of(path), ".cpython-"); !version.empty()) return version;
  return "";
}

bool named_python(std::string_view exe) {
  return exe.starts_with("python") && exe.find_first_not_of("0123456789.m", 6) == exe.npos;
}

std::optional<std::string> in_library(const ProcFs& proc, const ProcessInfo& process) {
  const auto* library = mapped_library(process, "libpython3");
  if (library == nullptr) return std::nullopt;
  if (auto version = exported_version(open_library(proc, process.pid, *library))) return version;
  return version_after(basename_of(*library), "libpython");
}

}  // namespace

std::optional<std::string> cpython_version(const ProcFs& proc, const ProcessInfo& process) {
  if (auto version = in_library(proc, process)) return version;
  auto extension = version_in_extension_names(process);
  const auto exe = exe_name(process);
  if (!named_python(exe) && extension.empty()) return std::nullopt;
  if (auto version = exported_version(open_exe(proc, process.pid))) return version;
  auto version = version_after(exe, "python");
  if (version.starts_with('2')) return std::nullopt;
  return version.size() > extension.size() ? version : extension;
}

}  // namespace loopstall
