// The BPF object that names the requests that loops read, loaded on the maps of the others if that is asked for.
#pragma once

#include <request.h>
#include <request.skel.h>

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "capture/capture.h"
#include "capture/link.h"
#include "capture/mapped_array.h"

struct boundary_bpf;

namespace loopstall {

struct RequestDeleter {
  void operator()(request_bpf* skeleton) const { request_bpf__destroy(skeleton); }
};

struct RequestObject {
  static constexpr std::string_view kTracepoints[] = {"sock_recv_length"};
  std::unique_ptr<request_bpf, RequestDeleter> skeleton;
  MappedArray<ls_requests> loops;
  MappedArray<ls_request_row> rows;

  static Result<RequestObject> load(const boundary_bpf& first, const CaptureOptions& options);
  Result<> attach(std::vector<Link>& links) const;
  void give_back(std::uint32_t row) const;  // for another name; it holds nothing any more
};

}  // namespace loopstall
