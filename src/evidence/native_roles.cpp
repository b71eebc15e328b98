#include "evidence/native_roles.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace loopstall {
namespace {

bool begins_with_any(std::string_view text, std::span<const std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view p) { return text.starts_with(p); });
}

// A distribution's shared libraries have no names for their own functions, but all that is in these is the loop's.
bool is_in_loop_library(std::string_view module) {
  static constexpr std::array<std::string_view, 5> kLibraries = {"libuv.so", "libevent-", "libevent_core-", "libev.so",
                                                                 "libglib-2.0.so"};
  return begins_with_any(module.substr(module.rfind('/') + 1), kLibraries);
}

// Event loops whose functions may stand between the loop and what it dispatched. Templates of theirs may have a name
// without namespaces (GCC gives those over a type of an anonymous namespace no linkage name): the file tells.
bool is_loop_library(const Frame& frame) {
  static constexpr std::array<std::string_view, 12> kPrefixes = {
      "uv__",   "uv_run",        "event_base_", "event_process_",   "event_persist_closure",
      "ev_",    "boost::asio::", "asio::",      "tokio::runtime::", "aeProcessEvents",
      "aeMain", "g_main_"};
  return begins_with_any(frame.function, kPrefixes) || frame.file.find("/boost/asio/") != std::string::npos ||
         is_in_loop_library(frame.module);
}

// Language support that is compiled into programs.
bool is_language_library(const Frame& frame) {
  static constexpr std::array<std::string_view, 10> kPrefixes = {
      "std::",        "boost::", "asio::",  "__gnu_cxx::", "void std::",
      "void boost::", "core::",  "alloc::", "tokio::",     "__libc_"};
  return begins_with_any(frame.function, kPrefixes) || frame.file.starts_with("/usr/include/");
}

const Frame& physical(const NativeCall& call) { return call.frames.back(); }

bool same_call(const NativeCall& a, const NativeCall& b) {
  return a.cfa && a.cfa == b.cfa && physical(a).function == physical(b).function &&
         physical(a).module == physical(b).module;
}

// Where a call stands in another stack. That one may have lost its outer calls: libuv's poll alone fills most of a
// copy.
const NativeCall* find_call(const std::vector<NativeCall>& calls, const NativeCall& call) {
  const auto found =
      std::find_if(calls.begin(), calls.end(), [&](const NativeCall& other) { return same_call(call, other); });
  return found == calls.end() ? nullptr : &*found;
}

bool contains_function(const Stack& frames, const Frame& frame) {
  return std::any_of(frames.begin(), frames.end(), [&](const Frame& f) { return f.function == frame.function; });
}

// Programs that run somebody else's code: nothing that is compiled into them is the user's.
bool is_interpreter(std::string_view program) {
  static constexpr std::array<std::string_view, 6> kNames = {"node", "python", "deno", "bun", "ruby", "java"};
  return begins_with_any(program.substr(program.rfind('/') + 1), kNames);
}

// Of these the loop itself is native, and what it called tells a timer from a socket.
bool has_native_loop(std::string_view program) {
  static constexpr std::array<std::string_view, 3> kNames = {"node", "deno", "bun"};
  return !is_interpreter(program) || begins_with_any(program.substr(program.rfind('/') + 1), kNames);
}

FrameRole own_role(const Frame& frame, const std::string& program) {
  const bool own = frame.module == program && !is_interpreter(program) && !is_language_library(frame);
  return own ? FrameRole::User : FrameRole::Library;
}

void make_loop(NativeCall& call) {
  for (Frame& frame : call.frames) frame.role = FrameRole::Loop;
}

// In the innermost shared call other functions may be inlined than at the wait: those are what was dispatched.
void split_inlined(NativeCall& call, const NativeCall& at_wait) {
  bool inside = true;
  for (Frame& frame : call.frames) {
    inside = inside && frame.inlined && !is_loop_library(frame) && !contains_function(at_wait.frames, frame);
    if (!inside) frame.role = FrameRole::Loop;
  }
}

// The loop library's own frames between the loop and what it called.
void extend_loop(std::vector<NativeCall>& calls, std::size_t inside) {
  for (std::size_t i = inside; i-- > 0;) {
    const auto loop = std::find_if(calls[i].frames.rbegin(), calls[i].frames.rend(),
                                   [](const Frame& f) { return !is_loop_library(f); });
    for (auto frame = calls[i].frames.rbegin(); frame != loop; ++frame) frame->role = FrameRole::Loop;
    if (loop != calls[i].frames.rend()) return;
  }
}

}  // namespace

void assign_native_roles(std::vector<NativeCall>& calls, const std::vector<NativeCall>& at_wait,
                         const std::string& program) {
  for (NativeCall& call : calls)
    for (Frame& frame : call.frames) frame.role = own_role(frame, program);
  if (!has_native_loop(program)) return;
  const auto loop =
      std::find_if(calls.begin(), calls.end(), [&](const NativeCall& call) { return find_call(at_wait, call); });
  if (loop == calls.end()) return;
  std::for_each(loop + 1, calls.end(), make_loop);
  split_inlined(*loop, *find_call(at_wait, *loop));
  extend_loop(calls, static_cast<std::size_t>(loop - calls.begin()));
}

}  // namespace loopstall
