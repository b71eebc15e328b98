#include "capture/trial.h"

#include <bpf/libbpf.h>

#include <cerrno>

#include "base/fd.h"

namespace loopstall {

int try_load(bpf_prog_type type, bpf_prog_load_opts* opts) {
  const Fd program(bpf_prog_load(type, "probe", "GPL", kNothing.data(), kNothing.size(), opts));
  return program ? 0 : errno;
}

int try_tracing(const char* name, bpf_attach_type attach_type) {
  const int id = libbpf_find_vmlinux_btf_id(name, attach_type);
  if (id <= 0) return ENOENT;
  LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = attach_type);
  opts.attach_btf_id = static_cast<__u32>(id);
  return try_load(BPF_PROG_TYPE_TRACING, &opts);
}

}  // namespace loopstall
