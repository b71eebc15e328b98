#include "session/trace_file.h"

#include <cinttypes>

namespace loopstall {

Result<TraceFile> TraceFile::create(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "we");
  if (!file) return system_error("cannot write " + path);
  return TraceFile(file);
}

void TraceFile::on_iteration(LoopId loop, std::uint64_t start_ns, std::uint64_t end_ns, std::uint64_t runqueue_ns) {
  std::fprintf(file_.get(), "%" PRIu32 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", loop.value, start_ns, end_ns,
               runqueue_ns);
}

}  // namespace loopstall
