#include "model/merge.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/units.h"
#include "model/merge_parts.h"
#include "model/stalls.h"

namespace loopstall {
namespace {

using Recordings = std::vector<NamedSession>;

Result<> must_have_one_threshold(const Recordings& recordings) {
  const NamedSession& first = recordings.front();
  for (const NamedSession& r : recordings)
    if (r.session.info.threshold_ns != first.session.info.threshold_ns)
      return fail(fmt::format("{} counts stalls from {} on, {} from {} on: they can not be merged", first.name,
                              format_duration(first.session.info.threshold_ns), r.name,
                              format_duration(r.session.info.threshold_ns)));
  return {};
}

// Each value that occurs, once.
std::string different(const Recordings& recordings, std::string SessionInfo::*member) {
  std::set<std::string> values;
  for (const NamedSession& r : recordings) values.insert(r.session.info.*member);
  return fmt::format("{}", fmt::join(values, ", "));
}

std::string all_names(const Recordings& recordings) {
  std::string names = fmt::format("{} recordings: ", recordings.size());
  for (const NamedSession& r : recordings) names += (&r == &recordings.front() ? "" : ", ") + r.name;
  return names;
}

std::uint64_t end_of(const SessionInfo& info) { return info.start_realtime_ns + info.duration_ns; }

// From the first one's beginning to the last one's end, on the clock of the one that began first: so nothing lies
// before that clock's beginning.
SessionInfo info_of(const Recordings& recordings) {
  const auto begin = [](const NamedSession& r) { return r.session.info.start_realtime_ns; };
  const SessionInfo& first = std::min_element(recordings.begin(), recordings.end(), [&](auto& a, auto& b) {
                               return begin(a) < begin(b);
                             })->session.info;
  SessionInfo info = first;
  for (const NamedSession& r : recordings)
    info.duration_ns = std::max(info.duration_ns, end_of(r.session.info) - first.start_realtime_ns);
  info.version = different(recordings, &SessionInfo::version);
  info.kernel = different(recordings, &SessionInfo::kernel);
  info.machine = different(recordings, &SessionInfo::machine);
  info.target = all_names(recordings);
  return info;
}

}  // namespace

Result<Session> merge(Recordings recordings) {
  if (recordings.empty()) return fail("there is nothing to merge");
  if (auto same = must_have_one_threshold(recordings); !same) return tl::unexpected(same.error());
  Session merged;
  merged.info = info_of(recordings);
  for (NamedSession& recording : recordings) {
    merge_parts::append(merged, std::move(recording));
    recording.session = {};
  }
  return merged;
}

}  // namespace loopstall
