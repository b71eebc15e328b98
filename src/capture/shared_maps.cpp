#include "capture/shared_maps.h"

#include <boundary.skel.h>

#include <array>

namespace loopstall {

int share_maps(const boundary_bpf& first, bpf_object* second) {
  const auto& m = first.maps;
  const std::array<const bpf_map*, 14> shared = {
      m.threads,    m.targets,      m.slots,      m.free_slots, m.records,       m.costs,        m.losses,
      m.task_stats, m.task_buckets, m.task_plans, m.queues,     m.request_loops, m.request_rows, m.request_buckets};
  for (const bpf_map* map : shared) {
    bpf_map* copy = bpf_object__find_map_by_name(second, bpf_map__name(map));
    if (!copy) continue;
    if (const int err = bpf_map__reuse_fd(copy, bpf_map__fd(map))) return -err;
  }
  return 0;
}

}  // namespace loopstall
