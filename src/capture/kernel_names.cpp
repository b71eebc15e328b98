#include "capture/kernel_names.h"

#include <fcntl.h>
#include <linux/btf.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "base/fd.h"

namespace loopstall {
namespace {

// The section of strings: each ends with a NUL, and the first one is empty. sysfs gives a page a call.
std::string names_of_kernel() {
  const Fd file(::open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC));
  btf_header header{};
  if (::pread(file.get(), &header, sizeof(header), 0) != sizeof(header) || header.magic != BTF_MAGIC) return {};
  std::string names(header.str_len, '\0');
  std::size_t got = 0;
  for (ssize_t n = 1; n > 0 && got < names.size(); got += static_cast<std::size_t>(std::max<ssize_t>(n, 0)))
    n = ::pread(file.get(), names.data() + got, names.size() - got,
                static_cast<off_t>(header.hdr_len + header.str_off + got));
  return got == names.size() ? names : std::string();
}

bool has(const std::string& names, const std::string& name) {
  const std::string wanted = '\0' + name + '\0';
  return ::memmem(names.data(), names.size(), wanted.data(), wanted.size()) != nullptr;
}

}  // namespace

std::optional<bool> kernel_has_name(std::string_view name) {
  const std::string names = names_of_kernel();
  if (names.empty()) return std::nullopt;
  return has(names, std::string(name));
}

std::optional<std::string_view> missing_tracepoint(std::span<const std::string_view> events) {
  const std::string names = names_of_kernel();
  for (const std::string_view event : events)
    if (!names.empty() && !has(names, "btf_trace_" + std::string(event))) return event;
  return std::nullopt;
}

}  // namespace loopstall
