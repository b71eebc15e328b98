// GLib's main loop: it waits in poll or ppoll on a descriptor array that it builds anew each time, without any epoll
// set; a timeout of 0 is a real wait, as idle sources are dispatched after it.
//
// libglib-2.0.so.0.7400.6 is release 2.74.6: the libtool version is 100 * minor + micro - interface age, where a stable
// series keeps interface age equal to micro (GLib's meson.build).
// LIMITATIONS: a program may map GLib for its data structures and loop elsewhere; it is called GLib all the same.
#include <fmt/format.h>

#include "runtimes/adapters.h"
#include "runtimes/evidence.h"
#include "target/text.h"

namespace loopstall {
namespace {

std::string release(std::string_view file_version) {  // "0.7400.6"
  const auto parts = split_at(file_version, '.');
  const auto current = parts.size() == 3 ? parse_number<unsigned>(parts[1]) : std::nullopt;
  const auto age = parts.size() == 3 ? parse_number<unsigned>(parts[2]) : std::nullopt;
  if (!current || !age) return "";
  return fmt::format(" 2.{}.{}", *current / 100, *current % 100 + *age);
}

}  // namespace

Detected detect_glib(const ProcFs&, const ProcessInfo& process) {
  constexpr std::string_view kPrefix = "libglib-2.0.so.";
  const auto* library = mapped_library(process, kPrefix);
  if (library == nullptr) return std::nullopt;
  return Runtime{"GLib" + release(leading_version(basename_of(*library).substr(kPrefix.size()))), {}};
}

}  // namespace loopstall
