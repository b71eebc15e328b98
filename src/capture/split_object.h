// The second BPF object: the split with looks at stalls (evidence.bpf.c), or the split alone (split.bpf.c) where the
// kernel refuses that or no evidence is wanted. Both have the same programs, found by name.
#pragma once

#include <bpf/libbpf.h>
#include <look.h>

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "capture/capture.h"

struct boundary_bpf;

namespace loopstall {

struct SplitObject {
  std::shared_ptr<void> skeleton;
  bpf_object* object = nullptr;
  std::uint32_t* pid_level = nullptr;
  ls_sleeper* sleeper = nullptr;  // where there are looks
  std::string no_evidence;        // why there are no looks; empty: there are

  bpf_program* program(const char* name) const { return bpf_object__find_program_by_name(object, name); }
  bpf_map* map(const char* name) const { return bpf_object__find_map_by_name(object, name); }
  bool has_evidence() const { return no_evidence.empty(); }
};

// Loaded on the maps of the first object.
Result<SplitObject> load_split(const boundary_bpf& first, const CaptureOptions& options);

}  // namespace loopstall
