// Why an iteration became a stall: what its thread was doing, resolved to names. Pure values; who resolves them is
// session/ with symbols/ and runtimes/. All times are ns.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/id.h"

namespace loopstall {

enum class FrameKind : std::uint8_t { Native = 0, Kernel = 1, Python = 2 };

// Whose code a frame is. A stack reads from the outside in: Outer, then what the loop dispatched.
enum class FrameRole : std::uint8_t {
  User = 0,     // what the owner of the program wrote
  Library = 1,  // the standard library, site-packages, a shared library of the system, a language runtime
  Loop = 2,     // the event loop and everything outside it: what is inside the innermost of these was dispatched
  Kernel = 3,
};

std::string_view frame_kind_name(FrameKind kind);  // "native", "kernel", "python", as in JSON
FrameKind frame_kind_from_name(std::string_view name);
std::string_view frame_role_name(FrameRole role);       // "user", "library", "loop", "kernel"
FrameRole frame_role_from_name(std::string_view name);  // Library when there is none

struct Frame {
  FrameKind kind = FrameKind::Native;
  FrameRole role = FrameRole::Library;
  std::string function{};        // demangled or qualified name; "libfoo.so!+0x1a2b0" when there is no symbol
  std::string file{};            // source file as the debug information or the code object has it; "" unknown
  std::uint32_t line = 0;        // the line that was running; 0 unknown
  std::uint32_t first_line = 0;  // where the function begins; 0 unknown
  std::string module{};          // native: path of the mapped file; Python: ""
  bool inlined = false;          // into the next frame
  bool operator==(const Frame&) const = default;
};

using Stack = std::vector<Frame>;  // innermost first

enum class CauseKind : std::uint8_t {
  Unknown = 0,
  Cpu = 1,     // computing, or in the kernel on its behalf
  Timer = 2,   // nanosleep and the like: asked to sleep
  Socket = 3,  // object: "tcp 10.0.0.5:5432 (postgresql)", "unix /run/x.sock", "udp 127.0.0.53:53 (dns)"
  File = 4,    // object: path
  Pipe = 5,
  Lock = 6,       // futex: a mutex, a semaphore, a threading.Lock
  Condition = 7,  // futex: a condition variable
  Gil = 8,        // holder: who has it
  Child = 9,      // wait4, waitid
  Wait = 10,      // poll, select, epoll inside a handler; object: the one descriptor's, when it is one
  PageFault = 11,
  Stopped = 12,    // by a signal, a debugger or a freezer
  RunQueue = 13,   // runnable, without a CPU
  Throttled = 14,  // the cgroup's CPU quota was used up
  Other = 15,      // another syscall
};
std::string_view cause_name(CauseKind kind);       // "cpu", "timer", "socket", ... as in JSON
CauseKind cause_from_name(std::string_view name);  // Unknown when there is none
bool is_blocking(CauseKind kind);  // asleep in a call of the program's: what an asynchronous alternative exists for

struct Cause {
  CauseKind kind = CauseKind::Unknown;
  std::string syscall{};  // "connect"; "" when it was not in one
  std::string object{};   // what the syscall was on; "" when it has none or it is not known
  auto operator<=>(const Cause&) const = default;
};

// One look at the thread inside the stall. A sleep stands for its own length (and shorter sleeps just before it that
// had no look of their own), a CPU sample for its share of the CPU time.
struct EvidenceSample {
  std::uint64_t at_ns = 0;      // CLOCK_MONOTONIC; 0: stands for time in which there was no look
  std::uint64_t weight_ns = 0;  // of the stall's busy time
  bool on_cpu = false;
  bool complete = false;  // the stack reaches the thread's start (native) or the loop (Python)
  Cause cause{};
  Stack stack{};
  Stack holder{};      // Gil: the holder's Python frames, innermost first
  int holder_tid = 0;  // Gil: 0 unknown
  bool operator==(const EvidenceSample&) const = default;
};

// Why nobody is named. Nothing is guessed: a wrong name costs more than none.
enum class Unnamed : std::uint8_t {
  No = 0,          // somebody is
  NoLook = 1,      // no look was taken, or too little of the time was looked at
  Withheld = 2,    // the same, because the budget withheld looks
  Several = 3,     // no frame had more than half of the time
  LoopItself = 4,  // the loop's own code, nothing that it dispatched
  NoLoop = 5,      // the loop was not found in the stack, so that what it dispatched is not known
  Outside = 6,     // not the code: stopped by a signal, or without a CPU
  NoHolder = 7,    // it waited for the GIL, and who had it is not known
};
std::string_view unnamed_name(Unnamed reason);     // "no", "no_look", ... as in JSON
Unnamed unnamed_from_name(std::string_view name);  // NoLook when there is none

// The frame that a developer must change: what the loop dispatched, and the innermost frame of the user's own code in
// it below which more than half of the time was spent. Of a wait for the GIL they are those of the thread that had it:
// who waited is its victim.
struct Culprit {
  Frame handler{};  // function is "" when it is not known
  Frame frame{};    // the same frame when the handler itself blocks; function is "" when not known
  std::uint64_t weight_ns =
      0;                  // of the stall's busy time, was spent below `frame`, or `handler` where that is not known
  bool held_gil = false;  // they are those of the GIL's holder
  Unnamed unnamed = Unnamed::NoLook;
  bool known() const { return !handler.function.empty() || !frame.function.empty(); }
  // The frame to name first. Meaningless unless known().
  const Frame& named() const { return frame.function.empty() ? handler : frame; }
  bool operator==(const Culprit&) const = default;
};

struct CauseShare {
  Cause cause{};
  std::uint64_t ns = 0;
  bool operator==(const CauseShare&) const = default;
};

// Everything known about one stall beyond its length. Samples add up to busy time with the run queue's part, which has
// no sample.
struct Evidence {
  std::vector<EvidenceSample> samples{};  // in time order; equal stacks of one cause are merged
  std::vector<CauseShare> causes{};       // largest first; with RunQueue and Throttled; they add up to busy time
  Culprit culprit{};
  Cause culprit_cause{};       // what the culprit did most of; Unknown when nobody is named, and in older recordings
  std::uint64_t withheld = 0;  // looks that the budget withheld in this stall
  bool operator==(const Evidence&) const = default;
  bool empty() const { return samples.empty() && causes.empty(); }
};

// A value that is never changed and may be large: copies share it, for a session is copied at each flush of a
// recording. Equal when the values are.
template <class T>
class Shared {
 public:
  Shared() = default;
  Shared(T value) : value_(std::make_shared<const T>(std::move(value))) {}
  const T& operator*() const { return value_ ? *value_ : none(); }
  const T* operator->() const { return &**this; }
  bool operator==(const Shared& o) const { return value_ == o.value_ || **this == *o; }

 private:
  static const T& none() {
    static const T nothing;
    return nothing;
  }
  std::shared_ptr<const T> value_;
};

}  // namespace loopstall
