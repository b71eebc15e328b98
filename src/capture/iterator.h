// BPF programs that are run once, over all tasks or over what one process has.
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/result.h"

namespace loopstall {

// To its end. only: what it is limited to, where the kernel can (6.1); else it sees all, and has to look itself.
Result<> run_iterator(bpf_program* program, const bpf_iter_link_info* only = nullptr);

}  // namespace loopstall
