// Who wants to hear of stalls while they are news.
#pragma once

#include <map>

#include "model/session.h"

namespace loopstall {

struct StallListener {
  virtual ~StallListener() = default;
  // Of a confirmed loop, with what evidence there is; once for each stall: when it ended, or when it was seen to go on
  // for longer than the threshold.
  virtual void on_stall(const Stall& stall) = 0;
};

// Tells each stall once.
class StallNews {
 public:
  explicit StallNews(const Session& session) : session_(session) {}
  void tell(StallListener* listener) { listener_ = listener; }
  void on(const Stall& stall);

 private:
  const Session& session_;
  StallListener* listener_ = nullptr;
  std::map<LoopId, std::uint64_t> told_;  // when the last one that was told of began
};

}  // namespace loopstall
