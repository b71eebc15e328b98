#include "evidence/quotas.h"

#include <algorithm>

#include "causes/cgroup_files.h"
#include "target/text.h"

namespace loopstall {
namespace {

// Periods are counted from the moment on that a cgroup has a quota.
bool counts_periods(const std::string& file) {
  const auto text = read_text(file).value_or("");
  for (const auto line : split_at(text, '\n')) {
    const auto words = split_words(line);
    if (words.size() == 2 && words[0] == "nr_periods") return words[1] != "0";
  }
  return false;
}

bool have_quota(const std::vector<std::string>& files) {
  return std::any_of(files.begin(), files.end(), counts_periods);
}

}  // namespace

void Quotas::add(int pid) { files_[pid] = cpu_stat_files(proc_, pid); }

bool Quotas::sample(std::uint64_t now_ns) {
  for (const auto& [pid, files] : files_)
    if (!with_quota_.contains(files) && have_quota(files)) with_quota_.try_emplace(files, files);
  for (auto& [files, meter] : with_quota_) meter.sample(now_ns);
  return !with_quota_.empty();
}

std::uint64_t Quotas::throttled_in(const Stall& stall) const {
  const auto files = files_.find(stall.pid);
  if (files == files_.end()) return 0;
  const auto meter = with_quota_.find(files->second);
  if (meter == with_quota_.end()) return 0;
  return meter->second.throttled_between(stall.start_ns, stall.start_ns + stall.busy_ns).value_or(0);
}

}  // namespace loopstall
