// The first object makes the maps; those that are loaded later use them.
#pragma once

#include <bpf/libbpf.h>

struct boundary_bpf;

namespace loopstall {

// Before the second object is loaded; an errno, or 0.
int share_maps(const boundary_bpf& first, bpf_object* second);

}  // namespace loopstall
