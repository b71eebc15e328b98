// The BPF object that measures queue delay, loaded on the maps of the others. Not every kernel has its tracepoints:
// then everything else is measured without it.
#pragma once

#include <queue.h>
#include <queue.skel.h>

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "capture/capture.h"
#include "capture/link.h"
#include "capture/mapped_array.h"

struct boundary_bpf;

namespace loopstall {

struct QueueDeleter {
  void operator()(queue_bpf* skeleton) const { queue_bpf__destroy(skeleton); }
};

struct QueueObject {
  static constexpr std::string_view kTracepoints[] = {"sk_data_ready", "sock_recv_length"};
  std::unique_ptr<queue_bpf, QueueDeleter> skeleton;
  MappedArray<ls_queue> queues;

  static Result<QueueObject> load(const boundary_bpf& first, const CaptureOptions& options);
  Result<> attach(std::vector<Link>& links) const;
  // Takes note of the sockets that this process has already.
  void find_sockets(int pid) const;
  // Sockets of which it is not known yet whose they are belong to the loop in that slot, as there is no other.
  void set_only_loop(std::optional<std::uint32_t> slot) const;
};

}  // namespace loopstall
