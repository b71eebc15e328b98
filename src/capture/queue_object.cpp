#include "capture/queue_object.h"

#include <boundary.skel.h>
#include <fmt/format.h>

#include "capture/configure.h"
#include "capture/iterator.h"
#include "capture/shared_maps.h"
#include "capture/tracefs.h"

namespace loopstall {
namespace {

Result<> attach_one(std::vector<Link>& links, bpf_program* program) {
  Link link(bpf_program__attach(program));
  if (!link) return system_error(fmt::format("can not attach {}", bpf_program__name(program)));
  links.push_back(std::move(link));
  return {};
}

// Without it accepting is not seen, and nothing else is missing.
void attach_accept(std::vector<Link>& links, bpf_program* program) {
  const auto tracefs = TraceFs::open();
  if (!tracefs) return;
  for (const char* event : {"sys_exit_accept4", "sys_exit_accept"})
    if (const auto id = tracefs->syscall_event_id(event))
      if (Link link = attach_tracepoint(program, *id)) links.push_back(std::move(link));
}

}  // namespace

Result<QueueObject> QueueObject::load(const boundary_bpf& first, const CaptureOptions& options) {
  QueueObject object;
  object.skeleton.reset(queue_bpf__open());
  if (!object.skeleton) return load_error("queue", errno);
  if (const int err = prepare_beside(first, *object.skeleton, options)) return load_error("queue", err);
  if (const int err = queue_bpf__load(object.skeleton.get())) return load_error("queue", -err);
  auto queues = MappedArray<ls_queue>::map(bpf_map__fd(first.maps.queues), options.loops, "the loops' queue delays");
  if (!queues) return tl::unexpected(queues.error());
  object.queues = std::move(*queues);
  return object;
}

Result<> QueueObject::attach(std::vector<Link>& links) const {
  const auto& programs = skeleton->progs;
  for (bpf_program* program : {programs.on_socket_state, programs.on_receive, programs.on_data_ready})
    if (auto attached = attach_one(links, program); !attached) return attached;
  attach_accept(links, programs.on_accept);
  return {};
}

void QueueObject::find_sockets(int pid) const {
  bpf_iter_link_info process{};
  process.task.pid = static_cast<__u32>(pid);
  static_cast<void>(run_iterator(skeleton->progs.find_sockets, &process));
}

void QueueObject::set_only_loop(std::optional<std::uint32_t> slot) const {
  skeleton->bss->only_owner = 0;
  if (!slot) return;
  skeleton->bss->only_id = queues[*slot].id;
  skeleton->bss->only_owner = *slot + 1;
}

}  // namespace loopstall
