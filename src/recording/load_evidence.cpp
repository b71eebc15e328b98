#include "recording/load_evidence.h"

#include "recording/query.h"

namespace loopstall {
namespace {

struct Loaded {
  std::vector<Frame> frames{Frame{}};  // by id; 0 is none
  std::vector<Evidence> stalls;
  std::vector<std::vector<EvidenceSample>> examples;  // of the groups: one each, or none
};

// The element of that number, or nothing: a recording may come from anywhere.
template <class T>
T* at(std::vector<T>& values, std::int64_t index) {
  return index >= 0 && to_sql(values.size()) > index ? &values[static_cast<std::size_t>(index)] : nullptr;
}

Result<> load_frames(Database& db, Loaded& loaded) {
  return query(db, select_sql<Frame>("id", "frame", "ORDER BY id"), [&](const Statement& s) -> Result<> {
    if (s.integer(0) != to_sql(loaded.frames.size())) return damaged("frame");
    Fetch fetch{s, 1};
    columns(loaded.frames.emplace_back(), fetch);
    return {};
  });
}

Result<> load_stalls(Database& db, Loaded& loaded) {
  return query(db, select_sql<Culprit>("stall, handler, frame, withheld, cause, syscall, object", "evidence", ""),
               [&](const Statement& s) -> Result<> {
                 Evidence* evidence = at(loaded.stalls, s.integer(0));
                 const Frame *handler = at(loaded.frames, s.integer(1)), *frame = at(loaded.frames, s.integer(2));
                 if (!evidence || !handler || !frame) return damaged("evidence");
                 evidence->culprit.handler = *handler;
                 evidence->culprit.frame = *frame;
                 Fetch fetch{s, 3};
                 fetch("", evidence->withheld);
                 columns(evidence->culprit_cause, fetch);
                 columns(evidence->culprit, fetch);
                 return {};
               });
}

Result<> load_causes(Database& db, Loaded& loaded) {
  return query(db, select_sql<CauseShare>("stall, n", "cause", "ORDER BY stall, n"),
               [&](const Statement& s) -> Result<> {
                 Evidence* evidence = at(loaded.stalls, s.integer(0));
                 if (!evidence || s.integer(1) != to_sql(evidence->causes.size())) return damaged("cause");
                 Fetch fetch{s, 2};
                 columns(evidence->causes.emplace_back(), fetch);
                 return {};
               });
}

// Where the samples of this owner are kept; nothing if there is no such owner.
std::vector<EvidenceSample>* samples_of(Loaded& loaded, const std::string& owner, std::int64_t id) {
  if (owner == "culprit") return at(loaded.examples, id);
  Evidence* evidence = owner == "stall" ? at(loaded.stalls, id) : nullptr;
  return evidence ? &evidence->samples : nullptr;
}

Result<> load_samples(Database& db, Loaded& loaded) {
  return query(db, select_sql<EvidenceSample>("owner, id, n", "sample", "ORDER BY owner, id, n"),
               [&](const Statement& s) -> Result<> {
                 auto* samples = samples_of(loaded, s.text(0), s.integer(1));
                 if (!samples || s.integer(2) != to_sql(samples->size())) return damaged("sample");
                 Fetch fetch{s, 3};
                 columns(samples->emplace_back(), fetch);
                 return {};
               });
}

Result<> load_stacks(Database& db, Loaded& loaded) {
  return query(db, "SELECT owner, id, n, thread, depth, frame FROM stack ORDER BY owner, id, n, thread, depth",
               [&](const Statement& s) -> Result<> {
                 auto* samples = samples_of(loaded, s.text(0), s.integer(1));
                 EvidenceSample* sample = samples ? at(*samples, s.integer(2)) : nullptr;
                 const Frame* frame = at(loaded.frames, s.integer(5));
                 if (!sample || !frame) return damaged("stack");
                 Stack& stack = s.text(3) == "holder" ? sample->holder : sample->stack;
                 if (s.integer(4) != to_sql(stack.size())) return damaged("stack");
                 stack.push_back(*frame);
                 return {};
               });
}

std::string select_groups() {
  std::string members;
  for (const auto& names : {column_names<Culprit>(), column_names<Cause>()})
    for (const std::string& name : names) members += ", " + name;
  return fmt::format("SELECT id, loop, handler, frame, min_ns, max_ns{} FROM culprit ORDER BY id", members);
}

Result<Histogram> load_busy(Database& db, std::int64_t culprit, std::int64_t min_ns, std::int64_t max_ns) {
  return db
      .prepare(
          fmt::format("SELECT bucket, count, sum_ns FROM culprit_bucket WHERE culprit = {} ORDER BY bucket", culprit))
      .and_then([](Statement s) { return load_buckets(s); })
      .map([&](const auto& buckets) {
        return Histogram::from(buckets, static_cast<std::uint64_t>(min_ns), static_cast<std::uint64_t>(max_ns));
      });
}

Result<> load_groups(Database& db, Session& session, Loaded& loaded) {
  return query(db, select_groups(), [&](const Statement& s) -> Result<> {
    const Loop* loop = at(session.loops, s.integer(1));
    const Frame *handler = at(loaded.frames, s.integer(2)), *frame = at(loaded.frames, s.integer(3));
    if (s.integer(0) != to_sql(session.groups.size()) || !loop || !handler || !frame) return damaged("culprit");
    StallGroup& group = session.groups.emplace_back();
    group.loop = loop->id;
    group.culprit.handler = *handler;
    group.culprit.frame = *frame;
    Fetch fetch{s, 6};
    columns(group.culprit, fetch);
    columns(group.cause, fetch);
    return load_busy(db, s.integer(0), s.integer(4), s.integer(5)).map([&](Histogram h) { group.busy = std::move(h); });
  });
}

void hand_over(Session& session, Loaded& loaded) {
  for (std::size_t i = 0; i < session.stalls.size(); ++i) session.stalls[i].evidence = std::move(loaded.stalls[i]);
  for (std::size_t i = 0; i < session.groups.size(); ++i)
    if (!loaded.examples[i].empty()) session.groups[i].example = std::move(loaded.examples[i].front());
}

}  // namespace

Result<> load_evidence(Database& db, Session& session) {
  Loaded loaded;
  loaded.stalls.resize(session.stalls.size());
  return load_frames(db, loaded)
      .and_then([&] { return load_groups(db, session, loaded); })
      .map([&] { loaded.examples.resize(session.groups.size()); })
      .and_then([&] { return load_stalls(db, loaded); })
      .and_then([&] { return load_causes(db, loaded); })
      .and_then([&] { return load_samples(db, loaded); })
      .and_then([&] { return load_stacks(db, loaded); })
      .map([&] { hand_over(session, loaded); });
}

}  // namespace loopstall
