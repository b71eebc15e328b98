// Who wants to hear of stalls while they are news.
#pragma once

#include <set>
#include <utility>

#include "model/session.h"

namespace loopstall {

struct StallListener {
  virtual ~StallListener() = default;
  // Of a confirmed loop, with what evidence there is; once for each stall: when it ended, or when it was seen to go on
  // for longer than the threshold.
  virtual void on_stall(const Stall& stall) = 0;
};

// Tells each stall once. They need not come in the order in which they began: the evidence for one may have to wait
// while the next one is already seen to go on.
class StallNews {
 public:
  explicit StallNews(const Session& session) : session_(session) {}
  void tell(StallListener* listener) { listener_ = listener; }
  void goes_on(const Stall& stall);
  void ended(const Stall& stall);

 private:
  bool is_news(const Stall& stall) const;

  const Session& session_;
  StallListener* listener_ = nullptr;
  std::set<std::pair<LoopId, std::uint64_t>> going_on_;  // those told of that have not ended: loop and start
};

}  // namespace loopstall
