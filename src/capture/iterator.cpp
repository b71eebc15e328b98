#include "capture/iterator.h"

#include <unistd.h>

#include <array>

#include "base/fd.h"
#include "capture/link.h"

namespace loopstall {
namespace {

Link attach_iterator(bpf_program* program, const bpf_iter_link_info* only) {
  if (!only) return Link(bpf_program__attach_iter(program, nullptr));
  bpf_iter_link_info info = *only;
  LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &info, .link_info_len = sizeof(info));
  Link link(bpf_program__attach_iter(program, &opts));
  return link ? std::move(link) : Link(bpf_program__attach_iter(program, nullptr));
}

}  // namespace

Result<> run_iterator(bpf_program* program, const bpf_iter_link_info* only) {
  const Link link = attach_iterator(program, only);
  if (!link) return system_error("can not attach a task iterator", errno, ExitCode::CannotMeasure);
  const Fd iterator(bpf_iter_create(bpf_link__fd(link.get())));
  if (!iterator) return system_error("can not start a task iterator", errno, ExitCode::CannotMeasure);
  std::array<char, 4096> nothing{};
  while (::read(iterator.get(), nothing.data(), nothing.size()) > 0) {
  }
  return {};
}

}  // namespace loopstall
