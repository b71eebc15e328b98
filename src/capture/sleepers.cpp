#include "capture/sleepers.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <look.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <memory>

#include "capture/objects.h"
#include "capture/samples.h"

namespace loopstall {
namespace {

std::optional<RawSample> read_look(const SplitObject& split, const Sleeper& sleeper, std::uint64_t now_ns) {
  const auto look = std::make_unique<ls_look>();
  const int fd = bpf_map__fd(split.map("looks"));
  if (bpf_map_lookup_elem(fd, &sleeper.slot, look.get()) || !look->asleep || look->gil_wait) return std::nullopt;
  RawSample sample = to_raw_sample(look->sample);
  if (sample.iteration != sleeper.iteration || sample.pid != sleeper.pid) return std::nullopt;
  sample.length_ns = now_ns > sample.at_ns ? now_ns - sample.at_ns : 0;
  sample.weight_ns = sample.length_ns + look->sleeping_ns;
  return sample;
}

bool look_from_outside(const SplitObject& split, int tid, int fd) {
  split.sleeper->fd = fd;
  split.sleeper->tid = static_cast<std::uint32_t>(tid);
  const bool ran = static_cast<bool>(run_iterator(split.program("look_from_outside")));
  split.sleeper->tid = 0;
  return ran;
}

bool polls_one(const RawSample& look) {
#ifdef SYS_poll
  if (look.syscall == SYS_poll) return static_cast<std::uint32_t>(look.args[1]) == 1;
#endif
  return look.syscall == SYS_ppoll && static_cast<std::uint32_t>(look.args[1]) == 1;
}

// The descriptor that a poll of only one waits for stands in the target's memory; -1: it can not be read.
int polled_descriptor(const RawSample& look, int pid) {
  pollfd entry{};
  entry.fd = -1;
  const iovec local{&entry, sizeof(entry)};
  const iovec remote{reinterpret_cast<void*>(look.args[0]), sizeof(entry)};  // NOLINT(performance-no-int-to-ptr)
  return process_vm_readv(pid, &local, 1, &remote, 1, 0) == sizeof(entry) ? entry.fd : -1;
}

}  // namespace

std::optional<RawSample> find_asleep_look(const SplitObject& split, const Sleeper& sleeper, std::uint64_t now_ns) {
  std::optional<RawSample> look = read_look(split, sleeper, now_ns);
  if (look || !look_from_outside(split, sleeper.tid, -1)) return look;
  look = read_look(split, sleeper, now_ns);
  const int fd = look && polls_one(*look) ? polled_descriptor(*look, sleeper.pid) : -1;
  return fd >= 0 && look_from_outside(split, sleeper.tid, fd) ? read_look(split, sleeper, now_ns) : look;
}

}  // namespace loopstall
