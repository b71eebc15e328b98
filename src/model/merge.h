// Several sessions as one: workers, hosts, runs one after the other. Nothing is counted twice and nothing is lost:
// loops and tasks of different recordings stay apart, each with its own exact histogram, and those of all loops
// together are exact, too, for histograms add up. Losses and cost are sums.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/session.h"

namespace loopstall {

struct NamedSession {
  std::string name;  // "web-1": no two may have the same
  Session session;
};

// Times are put on one clock by the time of day at which each recording began. The worst stalls of all are kept, as
// many as one session may have. Blocks of time are not: they are those of one clock and one load. A session that was
// merged itself brings its recordings. Fails if thresholds differ, for then a stall is not the same thing in all of
// them.
Result<Session> merge(std::vector<NamedSession> recordings);

}  // namespace loopstall
