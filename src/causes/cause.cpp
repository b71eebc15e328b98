#include "causes/cause.h"

#include "causes/futex.h"
#include "causes/groups.h"
#include "causes/object_text.h"
#include "causes/printable.h"

namespace loopstall {
namespace {

CauseKind kind_of_object(ObjectKind kind, CauseKind other) {
  switch (kind) {
    case ObjectKind::Socket:
      return CauseKind::Socket;
    case ObjectKind::Pipe:
      return CauseKind::Pipe;
    case ObjectKind::File:
    case ObjectKind::Directory:
    case ObjectKind::Device:
      return CauseKind::File;
    case ObjectKind::Anonymous:
    case ObjectKind::None:
      break;
  }
  return other;
}

// Of one descriptor as of that; a terminal or an eventfd does not make a poll a file's work.
CauseKind kind_of_poll(const RawObject& object) {
  if (object.kind == ObjectKind::Socket || object.kind == ObjectKind::Pipe)
    return kind_of_object(object.kind, CauseKind::Wait);
  const bool pidfd = object.kind == ObjectKind::Anonymous && !object.names.empty() && object.names[0] == "[pidfd]";
  return pidfd ? CauseKind::Child : CauseKind::Wait;
}

bool waits_for_record_lock(std::uint64_t command) {
  constexpr std::uint64_t kSetLockWait = 7, kOfdSetLockWait = 38;  // F_SETLKW, F_OFD_SETLKW: the same on both machines
  return command == kSetLockWait || command == kOfdSetLockWait;
}

constexpr std::uint64_t kCloneVfork = 0x4000;  // CLONE_VFORK

CauseKind kind_of_sleep(const RawSample& s, const CauseContext& context, SyscallGroup group) {
  switch (group) {
    case SyscallGroup::Timer:
      return CauseKind::Timer;
    case SyscallGroup::Child:
      return CauseKind::Child;
    case SyscallGroup::Clone:
      return s.args[0] & kCloneVfork ? CauseKind::Child : CauseKind::Other;
    // Poll's second argument is the count of descriptors, select's first one is above the highest.
    case SyscallGroup::Poll:
      return static_cast<std::uint32_t>(s.args[1]) == 0 ? CauseKind::Timer : kind_of_poll(s.object);
    case SyscallGroup::Select:
      return static_cast<std::uint32_t>(s.args[0]) == 0 ? CauseKind::Timer : CauseKind::Wait;
    case SyscallGroup::Epoll:
      return CauseKind::Wait;
    case SyscallGroup::Futex:
      return futex_kind(s, context.functions);
    case SyscallGroup::File:
      return CauseKind::File;
    case SyscallGroup::FileLock:
    case SyscallGroup::Semaphore:
      return CauseKind::Lock;
    case SyscallGroup::RecordLock:
      return waits_for_record_lock(s.args[1]) ? CauseKind::Lock : CauseKind::Other;
    case SyscallGroup::Object:
      return kind_of_object(s.object.kind, CauseKind::Other);
    case SyscallGroup::Other:
      break;
  }
  return CauseKind::Other;
}

bool has_path(ObjectKind kind) {
  return kind == ObjectKind::File || kind == ObjectKind::Directory || kind == ObjectKind::Device;
}

std::string object_of(const RawObject& object, const CauseContext& context) {
  return has_path(object.kind) && !context.path.empty() ? printable(context.path) : object_text(object);
}

Cause sleep_cause(const RawSample& sample, const CauseContext& context) {
  const auto syscall = syscall_name(sample.syscall, context.machine);
  if (sample.gil_wait) return {CauseKind::Gil, syscall, ""};
  const auto group = group_of(syscall);
  return {kind_of_sleep(sample, context, group), syscall, object_of(sample.object, context)};
}

}  // namespace

Cause cause_of(const RawSample& sample, const CauseContext& context) {
  if (sample.kind == SampleKind::Cpu) return {CauseKind::Cpu, "", ""};
  if (sample.stopped) return {CauseKind::Stopped, "", ""};
  if (sample.page_fault) return {CauseKind::PageFault, "", ""};
  if (sample.syscall < 0) return {CauseKind::Unknown, "", ""};
  return sleep_cause(sample, context);
}

}  // namespace loopstall
