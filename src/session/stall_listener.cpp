#include "session/stall_listener.h"

namespace loopstall {

void StallNews::on(const Stall& stall) {
  if (!listener_ || stall.loop.value >= session_.loops.size() || !session_.loops[stall.loop.value].confirmed) return;
  std::uint64_t& told = told_[stall.loop];
  if (stall.start_ns <= told) return;
  told = stall.start_ns;
  listener_->on_stall(stall);
}

}  // namespace loopstall
