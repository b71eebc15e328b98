// Stores why stalls happened. A frame is stored once for a file and named by its number from then on: thousands of
// stacks are made of a few hundred frames. The numbers of frames that the file holds are kept in memory.
#pragma once

#include <unordered_map>

#include "model/session.h"
#include "recording/sqlite.h"

namespace loopstall {

class EvidenceInserts {
 public:
  static Result<EvidenceInserts> prepare(Database& db);

  // Writes what differs from `before`, which is what the file holds.
  Result<> store(const Session& now, const Session& before);

 private:
  struct HashFrame {
    std::size_t operator()(const Frame& frame) const;
  };
  struct Owner {
    std::string name;  // "stall" or "culprit"
    std::size_t id;
  };

  explicit EvidenceInserts(std::vector<Statement> s);
  // 0 for a frame that is not known.
  Result<std::uint64_t> id_of(const Frame& frame);
  Result<> store_evidence(std::size_t stall, const Evidence& evidence);
  Result<> store_group(std::size_t id, const StallGroup& now, const StallGroup& before);
  Result<> store_samples(const Owner& owner, const std::vector<EvidenceSample>& samples);
  Result<> store_sample(const Owner& owner, std::size_t n, const EvidenceSample& sample);
  Result<> store_stack(const Owner& owner, std::size_t n, const std::string& thread, const Stack& stack);

  Statement frame_, drop_evidence_, drop_causes_, drop_samples_, drop_stacks_, evidence_, cause_, culprit_, bucket_,
      sample_, stack_;
  std::unordered_map<Frame, std::uint64_t, HashFrame> frames_;
};

}  // namespace loopstall
