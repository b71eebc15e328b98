#include "diagnosis/look.h"

#include <algorithm>
#include <optional>

#include "base/path.h"
#include "model/culprit.h"

namespace loopstall {
namespace {

struct Prefix {
  std::string_view text;
  Family family;
};
constexpr Prefix kFamilies[] = {{"CPython", Family::Python},
                                {"Node.js", Family::Node},
                                {"tokio", Family::Tokio},
                                {"Redis", Family::Redis},
                                {"nginx", Family::Nginx}};

Family family_of(std::string_view runtime) {
  for (const Prefix& prefix : kFamilies)
    if (runtime.starts_with(prefix.text)) return prefix.family;
  return Family::Native;
}

std::string_view last_part(std::string_view name) { return name.substr(name.rfind('.') + 1); }

// "*" at the begin or end of the pattern stands for anything there.
bool matches(std::string_view name, std::string_view pattern) {
  const bool open_end = pattern.ends_with('*'), open_begin = pattern.starts_with('*');
  if (open_end) pattern.remove_suffix(1);
  if (open_begin) pattern.remove_prefix(1);
  if (open_begin && open_end) return name.find(pattern) != name.npos;
  if (open_begin) return name.ends_with(pattern);
  return open_end ? name.starts_with(pattern) : name == pattern;
}

// "queue.py" of "/usr/lib/python3.11/queue.py"; "" outside of the standard library.
std::string_view in_standard_library(std::string_view file) {
  const std::size_t at = file.find("/python3.");
  if (at == file.npos || file.find("-packages/") != file.npos) return "";
  const std::size_t end = file.find('/', at + 1);
  return end == file.npos ? "" : file.substr(end + 1);
}

bool is_file(std::string_view file, std::string_view what, bool standard) {
  if (!standard) return file.find(what) != file.npos;
  const std::string_view rest = in_standard_library(file);
  return what.ends_with('/') ? rest.starts_with(what) : rest == what;
}

bool is_python(const Frame& frame, std::string_view what, bool standard) {
  if (frame.kind != FrameKind::Python || frame.role == FrameRole::User) return false;
  const std::size_t mark = what.find('!');
  return is_file(frame.file, what.substr(0, mark), standard) &&
         (mark == what.npos || last_part(frame.function) == what.substr(mark + 1));
}

// Without arguments, version and what the compiler appends: "keysCommand.part.0", "getaddrinfo@@GLIBC_2.2.5".
std::string_view plain(std::string_view function) { return function.substr(0, function.find_first_of("(.@")); }

bool is_seen(const Frame& frame, std::string_view word) {
  if (word.starts_with("py:")) return is_python(frame, word.substr(3), false);
  if (word.starts_with("std:")) return is_python(frame, word.substr(4), true);
  if (frame.kind != FrameKind::Native) return false;
  if (word.starts_with("so:")) return basename_of(frame.module).starts_with(word.substr(3));
  return word.starts_with("fn:") && matches(plain(frame.function), word.substr(3));
}

bool is_interpreter(const Frame& frame) {
  const std::string_view file = basename_of(frame.module);
  return file.starts_with("python3") || file.starts_with("libpython3") || file == "python" || file.starts_with("time.");
}

bool is_c_library(const Frame& frame) {
  const std::string_view file = basename_of(frame.module);
  return file.starts_with("libc.") || file.starts_with("libc-") || file.starts_with("libpthread") ||
         file.starts_with("[vdso]") || file.starts_with("ld-");
}

// The frame of Python whose bytecode made the call: nothing but the C library and the interpreter lies inside it.
const Frame* caller(const Look& look) {
  for (std::size_t i = 0; i < look.frames; ++i) {
    const Frame& frame = (*look.stack)[i];
    if (frame.kind == FrameKind::Python) return &frame;
    if (frame.kind == FrameKind::Native && !is_c_library(frame) && !is_interpreter(frame)) return nullptr;
  }
  return nullptr;
}

const Frame* find(const Look& look, std::string_view word) {
  if (word == "call") return caller(look);
  const bool anywhere = word.starts_with('^');
  if (anywhere) word.remove_prefix(1);
  for (std::size_t i = 0; i < (anywhere ? look.frames : look.inside); ++i)
    if (is_seen((*look.stack)[i], word)) return &(*look.stack)[i];
  return nullptr;
}

template <class F>
void for_each_word(std::string_view words, F f) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (end) f(words.substr(0, end));
    words.remove_prefix(std::min(words.size(), end + 1));
  }
}

bool has_word(std::string_view words, std::string_view wanted) {
  bool found = false;
  for_each_word(words, [&](std::string_view word) { found = found || word == wanted; });
  return found;
}

std::optional<Fit> fit_stack(std::string_view seen, const Look& look) {
  const Frame* found = nullptr;
  bool forbidden = false, needed = false;
  for_each_word(seen, [&](std::string_view word) {
    const bool never = word.starts_with('!');
    needed = needed || !never;
    const Frame* frame = find(look, never ? word.substr(1) : word);
    if (never && frame) forbidden = true;
    if (!never && !found) found = frame;
  });
  if (forbidden || (needed && !found)) return std::nullopt;
  return Fit{found};
}

// Python calls back: what called the culprit, a JSON decoder its hook, say, is not what took the time. Of native code
// all of the program's own functions are the user's, so that the culprit is often a mere helper of the function that
// tells.
std::size_t frames_inside(const Look& look, const Culprit& culprit) {
  if (look.family != Family::Python || !culprit.known()) return look.frames;
  for (std::size_t i = 0; i < look.frames; ++i)
    if (same_function((*look.stack)[i], culprit.named())) return i + 1;
  return look.frames;
}

}  // namespace

Look look_at(const EvidenceSample& sample, const Cause& cause, const Culprit& culprit, std::string_view runtime) {
  const bool gil = cause.kind == CauseKind::Gil;
  const Stack& stack = gil ? sample.holder : sample.stack;
  Look look{.cause = stack.empty() ? cause : sample.cause,
            .stack = &stack,
            .frames = gil ? stack.size() : dispatched_frames(stack).value_or(stack.size()),
            .family = family_of(runtime)};
  look.inside = gil ? look.frames : frames_inside(look, culprit);
  return look;
}

std::optional<Fit> fit(const Rule& rule, const Look& look) {
  if (!(rule.families & families(look.family)) || !(rule.causes & causes(look.cause.kind))) return std::nullopt;
  if (!rule.syscalls.empty() && !has_word(rule.syscalls, look.cause.syscall)) return std::nullopt;
  return fit_stack(rule.seen, look);
}

}  // namespace loopstall
