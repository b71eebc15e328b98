#include "capture/split_object.h"

#include <boundary.skel.h>
#include <evidence.skel.h>
#include <fmt/format.h>
#include <split.skel.h>

#include <algorithm>

#include "base/units.h"
#include "capture/configure.h"
#include "capture/shared_maps.h"
#include "probes/clock_sample.h"

namespace loopstall {
namespace {

constexpr std::uint64_t kSleepLimitNs = 500 * kMicrosecond;

// Clock samples as often as the shortest iteration of interest needs; sleeps down to a 20th of it.
void tune(evidence_bpf& skeleton, const CaptureOptions& options) {
  skeleton.rodata->evidence_after_ns = options.evidence_after_ns;
  skeleton.rodata->sleep_limit_ns = std::min(kSleepLimitNs, options.evidence_after_ns / 20);
  skeleton.rodata->coarse_ns = ls_coarse_ns(options.evidence_after_ns);
  bpf_map__set_max_entries(skeleton.maps.looks, options.loops);
}
void tune(split_bpf&, const CaptureOptions&) {}

ls_sleeper* sleeper_of(evidence_bpf& skeleton) { return &skeleton.bss->sleeper; }
ls_sleeper* sleeper_of(split_bpf&) { return nullptr; }

template <class Skeleton, Skeleton* (*open)(), int (*load)(Skeleton*), void (*destroy)(Skeleton*)>
Result<SplitObject> load_as(const char* name, const boundary_bpf& first, const CaptureOptions& options) {
  std::shared_ptr<Skeleton> skeleton(open(), destroy);
  if (!skeleton) return load_error(name, errno);
  tune(*skeleton, options);
  if (const int err = prepare_beside(first, *skeleton, options)) return load_error(name, err);
  if (const int err = load(skeleton.get())) return load_error(name, -err);
  return SplitObject{skeleton, skeleton->obj, &skeleton->bss->pid_level, sleeper_of(*skeleton), {}};
}

}  // namespace

Result<SplitObject> load_split(const boundary_bpf& first, const CaptureOptions& options) {
  std::string why = "switched off";
  if (options.evidence_after_ns) {
    auto loaded = load_as<evidence_bpf, evidence_bpf__open, evidence_bpf__load, evidence_bpf__destroy>("evidence",
                                                                                                       first, options);
    if (loaded) return loaded;
    why = loaded.error().message.substr(0, loaded.error().message.find('\n'));
  }
  auto loaded = load_as<split_bpf, split_bpf__open, split_bpf__load, split_bpf__destroy>("split", first, options);
  if (loaded) loaded->no_evidence = why;
  return loaded;
}

}  // namespace loopstall
