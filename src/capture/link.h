// An owned attachment of a probe; the kernel detaches it when it ends, also when the process is killed.
#pragma once

#include <bpf/libbpf.h>

#include <memory>

namespace loopstall {

struct LinkDeleter {
  void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};
using Link = std::unique_ptr<bpf_link, LinkDeleter>;

}  // namespace loopstall
