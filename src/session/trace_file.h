// Test only: every iteration as a line "loop start_ns end_ns runqueue_ns", to compare with what was counted.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "session/collector.h"

namespace loopstall {

class TraceFile : public IterationSink {
 public:
  static Result<TraceFile> create(const std::string& path);
  void on_iteration(LoopId loop, std::uint64_t start_ns, std::uint64_t end_ns, std::uint64_t runqueue_ns) override;

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  explicit TraceFile(std::FILE* file) : file_(file) {}
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace loopstall
