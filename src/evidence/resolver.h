// From looks at the threads of one process to named stacks with causes. Files and the target's memory are read here:
// not for the hot path.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>

#include "causes/cause.h"
#include "evidence/native_roles.h"
#include "model/evidence.h"
#include "model/raw_sample.h"
#include "runtimes/cpython_names.h"
#include "symbols/address_space.h"
#include "symbols/kernel_symbols.h"

namespace loopstall {

// What could not be told, counted.
struct EvidenceLosses {
  std::uint64_t stacks_truncated = 0;   // more stack than was copied
  std::uint64_t stacks_incomplete = 0;  // unwinding ended early
  std::uint64_t frames_unnamed = 0;
  std::uint64_t python_failed = 0;
  EvidenceLosses& operator+=(const EvidenceLosses& o) {
    stacks_truncated += o.stacks_truncated, stacks_incomplete += o.stacks_incomplete;
    frames_unnamed += o.frames_unnamed, python_failed += o.python_failed;
    return *this;
  }
};

// What processes share.
struct SymbolSources {
  ElfCache elves;
  KernelSymbols kernel;
};

class Resolver {
 public:
  Resolver(const ProcFs& proc, int pid, SymbolSources& sources, const std::optional<PythonLayout>& python);

  // A look at the loop in its own wait: what is outside it is the loop.
  // The result: no call stands higher on this thread's stack; 0 if that is not known.
  std::uint64_t learn_loop(const RawSample& sample);
  // Whether it can be told what a loop dispatched: stacks are compared with that in its wait.
  bool knows_loop(LoopId loop) const;
  EvidenceSample resolve(const RawSample& sample);
  // Python frames alone, named, of a look at a task step; empty if the process' CPython is not known.
  Stack step_stack(const RawSample& sample);
  EvidenceLosses losses() const;

 private:
  struct Native {
    std::vector<NativeCall> calls;  // innermost first
    bool complete = false;
  };
  Native unwind(const RawSample& sample);
  Stack native_stack(const RawSample& sample, const Native& native) const;
  Stack kernel_stack(const RawSample& sample);
  Stack python_stack(const RawSample& sample, bool in_loop);
  Cause cause(const RawSample& sample, const Native& native) const;

  const ProcFs& proc_;
  int pid_;
  SymbolSources& sources_;
  AddressSpace code_;
  std::unique_ptr<PythonNames> python_;
  std::map<LoopId, std::vector<NativeCall>> loops_;        // the stack in the loop's own wait
  std::map<LoopId, std::vector<RawPythonFrame>> callers_;  // its Python frames, if it is uvloop's
  std::string program_;                                    // path of the main executable, as its mappings have it
  EvidenceLosses losses_;
};

}  // namespace loopstall
