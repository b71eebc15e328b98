#include "session/stall_listener.h"

namespace loopstall {

bool StallNews::is_news(const Stall& stall) const {
  return listener_ && stall.loop.value < session_.loops.size() && session_.loops[stall.loop.value].confirmed;
}

void StallNews::goes_on(const Stall& stall) {
  if (is_news(stall) && going_on_.emplace(stall.loop, stall.start_ns).second) listener_->on_stall(stall);
}

void StallNews::ended(const Stall& stall) {
  if (going_on_.erase({stall.loop, stall.start_ns}) == 0 && is_news(stall)) listener_->on_stall(stall);
}

}  // namespace loopstall
