#include "model/culprit.h"

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <optional>

#include "model/blame_path.h"

namespace loopstall {
namespace {

using BlamePaths = std::vector<BlamePath>;

std::uint64_t weight_of(const std::vector<const BlamePath*>& paths) {
  return std::accumulate(paths.begin(), paths.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const BlamePath* path) { return sum + path->weight_ns; });
}

// Those of the paths that have the same function at `place`, if they make up more than half of the total.
template <class Place>
std::vector<const BlamePath*> majority(const std::vector<const BlamePath*>& paths, std::uint64_t total_ns,
                                       Place place) {
  for (const BlamePath* candidate : paths) {
    const Frame* wanted = place(*candidate);
    std::vector<const BlamePath*> same;
    for (const BlamePath* path : paths)
      if (const Frame* frame = place(*path); wanted && frame && same_function(*frame, *wanted)) same.push_back(path);
    if (2 * weight_of(same) > total_ns) return same;
  }
  return {};
}

// With the line that has the most weight.
template <class Place>
Frame heaviest(const std::vector<const BlamePath*>& paths, Place place) {
  std::map<std::uint32_t, std::uint64_t> weights;
  for (const BlamePath* path : paths) weights[place(*path)->line] += path->weight_ns;
  const auto line = std::max_element(weights.begin(), weights.end(), [](const auto& a, const auto& b) {
                      return a.second < b.second;
                    })->first;
  return *place(**std::find_if(paths.begin(), paths.end(), [&](auto* path) { return place(*path)->line == line; }));
}

auto at_depth(std::size_t depth) {
  return [depth](const BlamePath& path) {
    return path.from_loop && depth < path.frames.size() ? path.frames[depth] : nullptr;
  };
}

const Frame* innermost(const BlamePath& path) {
  return path.frames.empty() || !is_user(*path.frames.back()) ? nullptr : path.frames.back();
}

// Paths that have the same outermost functions, so many.
struct Common {
  std::vector<const BlamePath*> paths;
  std::size_t depth = 0;
};

// From the handler inwards, as long as one function has the majority.
Common descend(std::vector<const BlamePath*> paths, std::uint64_t total_ns) {
  Common common;
  for (auto next = majority(paths, total_ns, at_depth(0)); !next.empty(); ++common.depth) {
    paths = std::move(next);
    next = majority(paths, total_ns, at_depth(common.depth + 1));
  }
  common.paths = std::move(paths);
  return common;
}

// Many handlers, or several parts of one, may block in one function of the user's.
std::optional<Culprit> common_innermost(const std::vector<const BlamePath*>& all, std::uint64_t total_ns) {
  const auto paths = majority(all, total_ns, innermost);
  if (paths.empty()) return std::nullopt;
  return Culprit{.handler = {}, .frame = heaviest(paths, innermost), .weight_ns = weight_of(paths)};
}

// The innermost function that they have in common; or, where they branch and meet again, in which.
Culprit below(const Common& common, std::uint64_t total_ns) {
  Culprit culprit{.handler = heaviest(common.paths, at_depth(0)), .frame = {}, .weight_ns = weight_of(common.paths)};
  Frame frame = heaviest(common.paths, at_depth(common.depth - 1));
  if (is_user(frame)) culprit.frame = std::move(frame);
  if (const auto met = common_innermost(common.paths, total_ns)) {
    culprit.frame = met->frame;
    culprit.weight_ns = met->weight_ns;
  }
  return culprit;
}

Culprit nobody(Unnamed why) { return {.handler = {}, .frame = {}, .unnamed = why}; }

Unnamed why_nobody(const BlamePaths& paths, std::uint64_t total_ns) {
  std::map<Unnamed, std::uint64_t> empty;
  for (const BlamePath& path : paths)
    if (path.frames.empty()) empty[path.why_empty] += path.weight_ns;
  for (const auto& [why, ns] : empty)
    if (2 * ns > total_ns) return why;
  return Unnamed::Several;
}

Culprit choose(const BlamePaths& paths, std::uint64_t total_ns) {
  std::vector<const BlamePath*> all;
  for (const BlamePath& path : paths) all.push_back(&path);
  const Common common = descend(all, total_ns);
  auto culprit = common.depth ? std::optional(below(common, total_ns)) : common_innermost(all, total_ns);
  if (!culprit) return nobody(why_nobody(paths, total_ns));
  culprit->unnamed = Unnamed::No;
  return *culprit;
}

template <class Predicate>
std::uint64_t weight_if(const std::vector<EvidenceSample>& samples, Predicate wanted) {
  std::uint64_t sum = 0;
  for (const EvidenceSample& sample : samples) sum += wanted(sample) ? sample.weight_ns : 0;
  return sum;
}

bool is_stopped(const EvidenceSample& sample) { return sample.cause.kind == CauseKind::Stopped; }
bool waits_for_gil(const EvidenceSample& sample) { return sample.cause.kind == CauseKind::Gil; }

}  // namespace

bool shows(const EvidenceSample& sample, const Culprit& culprit) {
  if (!culprit.known()) return true;
  if (culprit.held_gil != waits_for_gil(sample)) return false;
  const Stack& stack = culprit.held_gil ? sample.holder : sample.stack;
  return std::any_of(stack.begin(), stack.end(), [&](const Frame& f) { return same_function(f, culprit.named()); });
}

bool same_function(const Frame& a, const Frame& b) {
  return a.kind == b.kind && a.first_line == b.first_line && a.function == b.function && a.file == b.file &&
         a.module == b.module;
}

Culprit culprit_of(const std::vector<EvidenceSample>& samples, const Split& split, std::uint64_t busy_ns,
                   std::uint64_t withheld, std::uint64_t enough_ns) {
  const std::uint64_t stopped = weight_if(samples, is_stopped), looked = weight_if(samples, std::not_fn(is_stopped));
  const std::uint64_t booked = std::min(busy_ns, split.cpu_ns + split.blocked_ns);
  const std::uint64_t own = booked - std::min(booked, stopped);
  if (2 * stopped > busy_ns) return nobody(Unnamed::Outside);
  if (2 * (busy_ns - own) > busy_ns && own < enough_ns) return nobody(Unnamed::Outside);
  if (!looked || 2 * looked < own) return nobody(withheld ? Unnamed::Withheld : Unnamed::NoLook);
  const bool gil = 2 * weight_if(samples, waits_for_gil) > looked;
  BlamePaths paths;
  for (const EvidenceSample& sample : samples) {
    if (is_stopped(sample) || waits_for_gil(sample) != gil) continue;
    paths.push_back(gil ? holder_path(sample) : path_of(sample));
  }
  Culprit culprit = choose(paths, looked);
  culprit.held_gil = gil && culprit.known();
  return culprit;
}

}  // namespace loopstall
