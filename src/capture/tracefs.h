// Tracepoint numbers come from tracefs. Minimal systems and containers do not mount it: then a private, detached mount
// serves (fsopen and fsmount, Linux 5.2), which no other process sees and which ends with its descriptor.
#pragma once

#include <optional>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "capture/link.h"

namespace loopstall {

class TraceFs {
 public:
  static Result<TraceFs> open();
  // nullopt: this kernel or architecture has no such syscall tracepoint.
  std::optional<int> syscall_event_id(std::string_view event) const;
  std::string_view where() const { return where_; }

 private:
  TraceFs(Fd root, std::string_view where) : root_(std::move(root)), where_(where) {}
  Fd root_;
  std::string_view where_;
};

// One program on one tracepoint, for all processes: the program itself tells targets from the rest.
Link attach_tracepoint(bpf_program* program, int event_id);

}  // namespace loopstall
