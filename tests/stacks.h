// Stacks as the resolver makes them, for the tests of the rooms that read them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/culprit.h"
#include "model/evidence.h"

namespace loopstall::stacks {

inline Frame frame(FrameKind kind, FrameRole role, std::string function, std::string file = "", std::uint32_t line = 0,
                   std::string module = "") {
  Frame f;
  f.kind = kind;
  f.role = role;
  f.function = std::move(function);
  f.file = std::move(file);
  f.line = line;
  f.first_line = kind == FrameKind::Python ? line / 10 * 10 : 0;
  f.module = std::move(module);
  return f;
}

// Python: user's code, a library's, the loop's.
inline Frame app(std::string function, std::uint32_t line, std::string file = "/srv/shop/app.py") {
  return frame(FrameKind::Python, FrameRole::User, std::move(function), std::move(file), line);
}
inline Frame lib(std::string function, std::string file, std::uint32_t line = 100) {
  return frame(FrameKind::Python, FrameRole::Library, std::move(function), std::move(file), line);
}
inline Frame loop(std::string function, std::string file, std::uint32_t line = 100) {
  return frame(FrameKind::Python, FrameRole::Loop, std::move(function), std::move(file), line);
}
// Native.
inline Frame native(std::string function, std::string module = "/usr/lib/x86_64-linux-gnu/libc.so.6") {
  return frame(FrameKind::Native, FrameRole::Library, std::move(function), "", 0, std::move(module));
}
inline Frame own(std::string function, std::string module, std::string file = "", std::uint32_t line = 0) {
  return frame(FrameKind::Native, FrameRole::User, std::move(function), std::move(file), line, std::move(module));
}
inline Frame native_loop(std::string function, std::string module) {
  return frame(FrameKind::Native, FrameRole::Loop, std::move(function), "", 0, std::move(module));
}
inline Frame kernel(std::string function) { return frame(FrameKind::Kernel, FrameRole::Kernel, std::move(function)); }

inline Stack operator+(Stack inner, const Stack& outer) {
  inner.insert(inner.end(), outer.begin(), outer.end());
  return inner;
}

// What is outside of everything that asyncio dispatches.
inline Stack asyncio() {
  const std::string lib311 = "/usr/lib/python3.11/asyncio/";
  return {loop("Handle._run", lib311 + "events.py", 80),
          loop("BaseEventLoop._run_once", lib311 + "base_events.py", 1922),
          loop("BaseEventLoop.run_forever", lib311 + "base_events.py", 607),
          loop("run", lib311 + "runners.py", 190),
          loop("<module>", "/srv/shop/app.py", 120),
          native_loop("_start", "/usr/bin/python3.11")};
}

inline EvidenceSample asleep(Cause cause, Stack stack, std::uint64_t ns, std::uint64_t at_ns = 0) {
  EvidenceSample s;
  s.at_ns = at_ns;
  s.weight_ns = ns;
  s.complete = true;
  s.cause = std::move(cause);
  s.stack = std::move(stack);
  return s;
}

inline EvidenceSample computing(Stack stack, std::uint64_t ns, std::uint64_t at_ns = 0) {
  EvidenceSample s = asleep({.kind = CauseKind::Cpu}, std::move(stack), ns, at_ns);
  s.on_cpu = true;
  return s;
}

inline EvidenceSample gil_wait(Stack stack, Stack holder, std::uint64_t ns, std::uint64_t at_ns = 0) {
  EvidenceSample s = asleep({.kind = CauseKind::Gil, .syscall = "futex"}, std::move(stack), ns, at_ns);
  s.holder = std::move(holder);
  s.holder_tid = s.holder.empty() ? 0 : 4714;
  return s;
}

// As the resolver makes it from these looks.
inline Evidence evidence(std::vector<EvidenceSample> samples, const Split& split, std::uint64_t busy_ns,
                         std::uint64_t withheld = 0) {
  Evidence e{.samples = samples,
             .causes = causes_of(samples, split, busy_ns),
             .culprit = culprit_of(samples, split, busy_ns, withheld),
             .withheld = withheld};
  if (e.culprit.known()) e.culprit_cause = cause_of_culprit(samples, e.culprit);
  return e;
}

}  // namespace loopstall::stacks
