#include "capture/uprobe.h"

#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "capture/capture.h"
#include "capture/kernel_names.h"

namespace loopstall {
namespace {

// bpf_attr's link_create as it is from Linux 6.6 on; older headers do not know it (include/uapi/linux/bpf.h).
struct UprobeMultiAttr {
  std::uint32_t prog_fd, target_fd, attach_type, flags;
  std::uint64_t path, offsets, ref_ctr_offsets, cookies;
  std::uint32_t count, multi_flags, pid, pad;
};
constexpr std::uint32_t kTraceUprobeMulti = 48;

std::uint64_t address_of(const void* p) { return reinterpret_cast<std::uintptr_t>(p); }

Uprobe attach_multi(const bpf_program* program, int pid, const ProbeSite& site, std::uint64_t cookie) {
  const std::uint64_t offset = site.offset;
  UprobeMultiAttr attr{};
  attr.prog_fd = static_cast<std::uint32_t>(bpf_program__fd(program));
  attr.attach_type = kTraceUprobeMulti;
  attr.path = address_of(site.file.c_str());
  attr.offsets = address_of(&offset);
  attr.cookies = address_of(&cookie);
  attr.count = 1;
  attr.pid = static_cast<std::uint32_t>(pid);
  return Uprobe(Fd(static_cast<int>(::syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof attr))));
}

Uprobe attach_perf(const bpf_program* program, int pid, const ProbeSite& site, std::uint64_t cookie) {
  LIBBPF_OPTS(bpf_uprobe_opts, opts);
  opts.bpf_cookie = cookie;
  return Uprobe(Link(bpf_program__attach_uprobe_opts(program, pid, site.file.c_str(), site.offset, &opts)));
}

}  // namespace

bool Capture::has_uprobe_multi() { return kernel_has_name("BPF_TRACE_UPROBE_MULTI").value_or(false); }

void set_uprobe_kind(bpf_program* program, UprobeKind kind) {
  const auto type = kind == UprobeKind::Multi ? kTraceUprobeMulti : 0;
  bpf_program__set_expected_attach_type(program, static_cast<bpf_attach_type>(type));
}

Uprobe attach_uprobe(const bpf_program* program, UprobeKind kind, int pid, const ProbeSite& site,
                     std::uint64_t cookie) {
  return kind == UprobeKind::Multi ? attach_multi(program, pid, site, cookie) : attach_perf(program, pid, site, cookie);
}

}  // namespace loopstall
