// From one look to the frames in it that may be blamed.
#pragma once

#include <vector>

#include "model/evidence.h"

namespace loopstall {

// The frames that may be blamed for one sample, outermost first.
struct BlamePath {
  std::vector<const Frame*> frames;
  std::uint64_t weight_ns = 0;
  bool from_loop = false;  // the first was dispatched by the loop: nothing is missing before it
  Unnamed why_empty = Unnamed::No;
};
inline bool is_user(const Frame& frame) { return frame.role == FrameRole::User; }

BlamePath path_of(const EvidenceSample& sample);
// Of the thread that had the GIL: its user's frames, or the innermost one.
BlamePath holder_path(const EvidenceSample& sample);

}  // namespace loopstall
