// Stores requests by name.
#pragma once

#include "recording/snapshot.h"
#include "recording/sqlite.h"

namespace loopstall {

class RequestInserts {
 public:
  static Result<RequestInserts> prepare(Database& db);

  // Writes what differs from `before`, which is what the file holds.
  Result<> store(const Session& now, const Session& before);

 private:
  explicit RequestInserts(std::vector<Statement> s);
  Result<> store_request(std::size_t id, const Request& now, const Request& before);
  Result<> store_reads(const std::vector<Loop>& loops);

  Statement request_, bucket_, reads_;
};

}  // namespace loopstall
