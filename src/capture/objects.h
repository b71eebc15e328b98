// The BPF objects: opened, configured, loaded and attached, in the order that costs the target least.
#pragma once

#include <boundary.skel.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "capture/capture.h"
#include "capture/iterator.h"
#include "capture/link.h"
#include "capture/queue_object.h"
#include "capture/request_object.h"
#include "capture/split_object.h"
#include "capture/waits.h"

namespace loopstall {

struct SkeletonDeleter {
  void operator()(boundary_bpf* skeleton) const { boundary_bpf__destroy(skeleton); }
};

// An object for what has to be asked for, and what not every kernel can do.
template <class Object>
struct Addition {
  std::optional<Object> object;
  std::string why_not;      // why there is none; empty: there is
  std::vector<Link> links;  // go before it

  explicit operator bool() const { return object.has_value(); }
  Object* operator->() { return &*object; }
  const Object* operator->() const { return &*object; }
};

struct Objects {
  std::unique_ptr<boundary_bpf, SkeletonDeleter> boundary;
  SplitObject split;
  std::vector<Link> links;
  Addition<QueueObject> queue;
  Addition<RequestObject> requests;
  std::unique_ptr<WaitProbes> waits;
};

// Loads them; nothing is attached yet.
Result<Objects> load_objects(const CaptureOptions& options);
// The scheduler's events first, the waits last: no iteration is counted without its split.
Result<> attach_objects(Objects& objects, const CaptureOptions& options);
// Runs that the kernel skipped because the program was already running on that CPU.
std::uint64_t recursion_misses(const bpf_program* program);
std::uint64_t recursion_misses(const Objects& objects);
// Memory of all their maps, as the kernel accounts it; tasks: may be loaded beside them.
std::uint64_t map_bytes(const Objects& objects, const bpf_object* tasks);

}  // namespace loopstall
