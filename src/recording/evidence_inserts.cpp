#include "recording/evidence_inserts.h"

#include "recording/insert_sql.h"
#include "recording/row.h"

namespace loopstall {
namespace {

// In the order of EvidenceInserts' members.
Names texts() {
  return {insert_sql<Frame>("frame", {"id"}),
          "DELETE FROM evidence WHERE stall = ?",
          "DELETE FROM cause WHERE stall = ?",
          "DELETE FROM sample WHERE owner = ? AND id = ?",
          "DELETE FROM stack WHERE owner = ? AND id = ?",
          insert_sql<Culprit>("evidence", {"stall", "handler", "frame"}, {"cause", "syscall", "object", "withheld"}),
          insert_sql<CauseShare>("cause", {"stall", "n"}),
          insert_sql("culprit", {"id", "loop", "handler", "frame", "weight_ns", "held_gil", "unnamed", "cause",
                                 "syscall", "object", "stalls", "sum_ns", "min_ns", "max_ns"}),
          insert_sql("culprit_bucket", {"culprit", "bucket", "low_ns", "count", "sum_ns"}),
          insert_sql<EvidenceSample>("sample", {"owner", "id", "n"}),
          insert_sql("stack", {"owner", "id", "n", "thread", "depth", "frame"})};
}

// Runs the statement with these values and then the members of `row`.
template <class T, class... Keys>
Result<> run_row(Statement& statement, const T& row, const Keys&... keys) {
  Bind bind{statement};
  (bind("", keys), ...);
  columns(row, bind);
  return statement.run();
}

}  // namespace

std::size_t EvidenceInserts::HashFrame::operator()(const Frame& frame) const {
  const std::hash<std::string> hash;
  return hash(frame.function) ^ hash(frame.file) * 31 ^ hash(frame.module) * 37 ^ frame.line * std::size_t{0x9e3779b1};
}

EvidenceInserts::EvidenceInserts(std::vector<Statement> s)
    : frame_(std::move(s[0])),
      drop_evidence_(std::move(s[1])),
      drop_causes_(std::move(s[2])),
      drop_samples_(std::move(s[3])),
      drop_stacks_(std::move(s[4])),
      evidence_(std::move(s[5])),
      cause_(std::move(s[6])),
      culprit_(std::move(s[7])),
      bucket_(std::move(s[8])),
      sample_(std::move(s[9])),
      stack_(std::move(s[10])) {}

Result<EvidenceInserts> EvidenceInserts::prepare(Database& db) {
  return prepare_all(db, texts()).map([](std::vector<Statement> s) { return EvidenceInserts(std::move(s)); });
}

Result<> EvidenceInserts::store(const Session& now, const Session& before) {
  const Shared<Evidence> none;
  for (std::size_t i = 0; i < now.stalls.size(); ++i) {
    if (now.stalls[i].evidence == (i < before.stalls.size() ? before.stalls[i].evidence : none)) continue;
    if (auto r = store_evidence(i, *now.stalls[i].evidence); !r) return r;
  }
  const StallGroup empty;
  for (std::size_t i = 0; i < now.groups.size(); ++i) {
    if (i < before.groups.size() && now.groups[i] == before.groups[i]) continue;
    if (auto r = store_group(i, now.groups[i], i < before.groups.size() ? before.groups[i] : empty); !r) return r;
  }
  return {};
}

Result<std::uint64_t> EvidenceInserts::id_of(const Frame& frame) {
  if (frame == Frame{}) return 0;
  const auto [known, is_new] = frames_.try_emplace(frame, frames_.size() + 1);
  if (!is_new) return known->second;
  return run_row(frame_, frame, known->second).map([id = known->second] { return id; });
}

// A stall that displaced another one in its place has no evidence yet: then the other's goes.
Result<> EvidenceInserts::store_evidence(std::size_t stall, const Evidence& evidence) {
  Result<> r = run(drop_evidence_, stall).and_then([&] { return run(drop_causes_, stall); });
  if (r) r = store_samples({"stall", stall}, evidence.samples);
  if (!r || evidence == Evidence{}) return r;
  const Result<std::uint64_t> handler = id_of(evidence.culprit.handler);
  const Result<std::uint64_t> frame = id_of(evidence.culprit.frame);
  if (!handler || !frame) return tl::unexpected((handler ? frame : handler).error());
  Bind bind{evidence_};
  bind("", stall), bind("", *handler), bind("", *frame);
  columns(evidence.culprit, bind);
  columns(evidence.culprit_cause, bind);
  bind("", evidence.withheld);
  r = evidence_.run();
  for (std::size_t i = 0; r && i < evidence.causes.size(); ++i) r = run_row(cause_, evidence.causes[i], stall, i);
  return r;
}

Result<> EvidenceInserts::store_group(std::size_t id, const StallGroup& now, const StallGroup& before) {
  const Result<std::uint64_t> handler = id_of(now.culprit.handler), frame = id_of(now.culprit.frame);
  if (!handler || !frame) return tl::unexpected((handler ? frame : handler).error());
  const Histogram& busy = now.busy;
  Bind bind{culprit_};
  bind("", id), bind("", now.loop.value), bind("", *handler), bind("", *frame);
  columns(now.culprit, bind);
  columns(now.cause, bind);
  bind("", busy.count()), bind("", busy.sum_ns()), bind("", busy.min_ns()), bind("", busy.max_ns());
  Result<> r = culprit_.run();
  for (const BucketDelta& b : busy.buckets())
    if (r) r = run(bucket_, id, b.bucket, bucket_low_ns(b.bucket), b.count, b.sum_ns);
  if (!r || now.example == before.example) return r;
  return store_samples({"culprit", id}, {*now.example});
}

Result<> EvidenceInserts::store_samples(const Owner& owner, const std::vector<EvidenceSample>& samples) {
  Result<> r =
      run(drop_samples_, owner.name, owner.id).and_then([&] { return run(drop_stacks_, owner.name, owner.id); });
  for (std::size_t i = 0; r && i < samples.size(); ++i) r = store_sample(owner, i, samples[i]);
  return r;
}

Result<> EvidenceInserts::store_sample(const Owner& owner, std::size_t n, const EvidenceSample& sample) {
  return run_row(sample_, sample, owner.name, owner.id, n)
      .and_then([&] { return store_stack(owner, n, "own", sample.stack); })
      .and_then([&] { return store_stack(owner, n, "holder", sample.holder); });
}

Result<> EvidenceInserts::store_stack(const Owner& owner, std::size_t n, const std::string& thread,
                                      const Stack& stack) {
  for (std::size_t depth = 0; depth < stack.size(); ++depth) {
    const Result<std::uint64_t> frame = id_of(stack[depth]);
    if (!frame) return tl::unexpected(frame.error());
    if (auto r = run(stack_, owner.name, owner.id, n, thread, depth, *frame); !r) return r;
  }
  return {};
}

}  // namespace loopstall
