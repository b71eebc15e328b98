// What the kernel side counted of requests, as events.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "capture/request_object.h"
#include "model/event.h"

namespace loopstall {

class Requests {
 public:
  // What was counted since the last reading, of the loops in these slots.
  void read(const RequestObject& object, const std::map<std::uint32_t, LoopId>& loops, Observer& observer);
  // After a last reading: the next loop in this slot begins with nothing.
  void close_slot(const RequestObject& object, std::uint32_t slot);

 private:
  struct Row {
    std::optional<RequestId> id;
    ls_request_row last{};
    std::map<std::uint32_t, struct ls_bucket> buckets;  // read
    std::vector<BucketDelta> changed;                   // read, not told yet
  };
  RequestId number_of(LoopId loop, const ls_request_key& key, Observer& observer);
  void read_buckets(const RequestObject& object);
  void tell(std::uint32_t row, const ls_request_row& now, LoopId loop, Observer& observer);
  void tell_reads(std::uint32_t slot, const ls_requests& now, LoopId loop, Observer& observer);

  std::map<std::uint32_t, Row> rows_;           // that hold something
  std::map<std::uint32_t, ls_requests> slots_;  // as they were read last
  std::map<LoopId, RequestId> others_;          // of loops that came when there were enough names
  std::uint32_t numbers_ = 0;
};

}  // namespace loopstall
