#include "evidence/outside_loop.h"

#include <algorithm>

namespace loopstall {
namespace {

bool same_code(RawPythonFrame a, const RawPythonFrame& b) {
  a.instr = b.instr;
  return a == b;
}

}  // namespace

bool runs_uvloop(const std::vector<NativeCall>& calls) {
  return std::any_of(calls.begin(), calls.end(), [](const NativeCall& call) {
    return call.frames.back().module.find("/uvloop/loop.") != std::string::npos;
  });
}

std::size_t frames_outside(std::span<const RawPythonFrame> frames, std::span<const RawPythonFrame> at_wait,
                           bool in_loop) {
  const auto [here, there] = std::mismatch(frames.rbegin(), frames.rend(), at_wait.rbegin(), at_wait.rend(), same_code);
  const auto shared = static_cast<std::size_t>(here - frames.rbegin());
  if (shared == 0 || in_loop) return shared;
  return here[-1].instr == there[-1].instr ? shared : shared - 1;
}

}  // namespace loopstall
