// What every BPF object is told before it is loaded.
#pragma once

#include <string_view>

#include "base/result.h"
#include "capture/capture.h"

namespace loopstall {

bool in_nested_pid_ns();

template <class Skeleton>
void configure(Skeleton& skeleton, const CaptureOptions& options) {
  skeleton.rodata->threshold_ns = options.threshold_ns;
  skeleton.rodata->nested_pid_ns = in_nested_pid_ns();
  skeleton.rodata->follow_forks = options.follow;
  skeleton.rodata->queue_delay = options.queue_delay;
  skeleton.rodata->requests = options.requests;
  skeleton.rodata->trace_iterations = options.trace_iterations;
}

// libbpf's messages since the last call, for an error that must say what the kernel said.
std::string take_libbpf_log();
void keep_libbpf_log();
tl::unexpected<Error> load_error(std::string_view object, int err);

}  // namespace loopstall
