// The first object makes the maps; those that are loaded later use them.
#pragma once

#include <boundary.skel.h>
#include <bpf/libbpf.h>

#include "capture/configure.h"

namespace loopstall {

// Before the second object is loaded; an errno, or 0.
int share_maps(const boundary_bpf& first, bpf_object* second);

// The same, after telling it what the first one was told.
template <class Skeleton>
int prepare_beside(const boundary_bpf& first, Skeleton& second, const CaptureOptions& options) {
  configure(second, options);
  second.rodata->direct_reads = first.rodata->direct_reads;
  second.bss->pid_level = first.bss->pid_level;
  return share_maps(first, second.obj);
}

}  // namespace loopstall
