// A session of two workers that serve requests, some of them encrypted.
#include "cases.h"
#include "story.h"

namespace loopstall {
namespace {

using namespace story;

std::vector<BucketDelta> wide_buckets(std::uint64_t ns, std::uint64_t n) {
  Histogram h;
  for (std::uint64_t i = 0; i < n; ++i) h.record(ns + i * 10 * us);
  return h.buckets();
}

struct Names {
  Session& session;
  std::uint32_t next = 0;

  void add(std::uint32_t loop, const RequestName& name, std::uint64_t count, std::uint64_t hold_ns,
           std::uint64_t timed) {
    const RequestId id{next++};
    apply(session, RequestSeen{id, {loop}, name});
    apply(session, RequestSample{id, count, wide_buckets(hold_ns, timed), hold_ns, hold_ns + timed * 10 * us});
  }
};

}  // namespace

Session session_with_requests() {
  Session session = session_with_tasks();
  Names names{session};
  names.add(0, {Protocol::Http, "GET /report", false}, 12, 80 * ms, 12);
  names.add(0, {Protocol::Http, "POST /orders", false}, 1'234, 200 * us, 1'000);
  names.add(1, {Protocol::Http, "GET /report", false}, 3, 85 * ms, 3);
  names.add(1, {Protocol::Http, "GET /" + std::string(115, 'x'), true}, 7, 0, 0);
  names.add(1, {Protocol::Http, "GET /\x1b[31m\xff", false}, 1, 0, 0);
  names.add(1, {Protocol::Redis, "HGETALL", false}, 98'765, 0, 0);
  names.add(1, {Protocol::Other, "", false}, 55, 0, 0);
  apply(session, RequestReadsCounted{{0}, 4'321, 0});
  apply(session, RequestReadsCounted{{1}, 0, 17});
  return session;
}

}  // namespace loopstall
