#include "capture/request_object.h"

#include <boundary.skel.h>
#include <bpf/bpf.h>

#include "capture/configure.h"
#include "capture/shared_maps.h"

namespace loopstall {
namespace {

Result<> map_arrays(RequestObject& object) {
  const auto& maps = object.skeleton->maps;
  auto loops = MappedArray<ls_requests>::map(bpf_map__fd(maps.request_loops), LS_MAX_LOOPS, "the loops' requests");
  if (!loops) return tl::unexpected(loops.error());
  auto rows = MappedArray<ls_request_row>::map(bpf_map__fd(maps.request_rows), LS_MAX_REQUEST_ROWS, "the requests");
  if (!rows) return tl::unexpected(rows.error());
  object.loops = std::move(*loops);
  object.rows = std::move(*rows);
  return {};
}

}  // namespace

Result<RequestObject> RequestObject::load(const boundary_bpf& first, const CaptureOptions& options) {
  RequestObject object;
  object.skeleton.reset(request_bpf__open());
  if (!object.skeleton) return load_error("request", errno);
  if (const int err = prepare_beside(first, *object.skeleton, options)) return load_error("request", err);
  if (const int err = request_bpf__load(object.skeleton.get())) return load_error("request", -err);
  if (auto mapped = map_arrays(object); !mapped) return tl::unexpected(mapped.error());
  for (std::uint32_t row = LS_MAX_LOOPS; row < LS_MAX_REQUEST_ROWS; ++row) object.give_back(row);
  return object;
}

Result<> RequestObject::attach(std::vector<Link>& links) const {
  Link link(bpf_program__attach(skeleton->progs.on_request));
  if (!link) return system_error("can not attach on_request");
  links.push_back(std::move(link));
  return {};
}

void RequestObject::give_back(std::uint32_t row) const {
  bpf_map_update_elem(bpf_map__fd(skeleton->maps.free_request_rows), nullptr, &row, BPF_ANY);
}

}  // namespace loopstall
