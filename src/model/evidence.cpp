#include "model/evidence.h"

#include "model/names.h"

namespace loopstall {
namespace {

constexpr std::array<std::string_view, 16> kCauseNames{
    "unknown", "cpu",   "timer", "socket",     "file",    "pipe",      "lock",      "condition",
    "gil",     "child", "wait",  "page_fault", "stopped", "run_queue", "throttled", "other"};
constexpr std::array<std::string_view, 8> kUnnamedNames{"no",          "no_look", "withheld", "several",
                                                        "loop_itself", "no_loop", "outside",  "no_holder"};
constexpr std::array<std::string_view, 3> kKindNames{"native", "kernel", "python"};
constexpr std::array<std::string_view, 4> kRoleNames{"user", "library", "loop", "kernel"};

}  // namespace

std::string_view cause_name(CauseKind kind) { return name_in(kCauseNames, kind); }
CauseKind cause_from_name(std::string_view name) { return from_name<CauseKind>(kCauseNames, name); }

bool is_blocking(CauseKind kind) {
  switch (kind) {
    case CauseKind::Timer:
    case CauseKind::Socket:
    case CauseKind::File:
    case CauseKind::Pipe:
    case CauseKind::Lock:
    case CauseKind::Condition:
    case CauseKind::Child:
    case CauseKind::Wait:
    case CauseKind::Other:
      return true;
    default:
      return false;
  }
}

std::string_view unnamed_name(Unnamed reason) { return name_in(kUnnamedNames, reason); }
Unnamed unnamed_from_name(std::string_view name) { return from_name(kUnnamedNames, name, Unnamed::NoLook); }

std::string_view frame_kind_name(FrameKind kind) { return name_in(kKindNames, kind); }
FrameKind frame_kind_from_name(std::string_view name) { return from_name<FrameKind>(kKindNames, name); }

std::string_view frame_role_name(FrameRole role) { return name_in(kRoleNames, role); }
FrameRole frame_role_from_name(std::string_view name) {
  return from_name(kRoleNames, name, FrameRole::Library);  // never blame on a guess
}

}  // namespace loopstall
