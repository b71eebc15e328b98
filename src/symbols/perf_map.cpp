#include "symbols/perf_map.h"

#include <fmt/format.h>

#include <algorithm>

#include "target/text.h"

namespace loopstall {
namespace {

constexpr std::uint64_t kMaxFile = 32ULL << 20;
constexpr std::size_t kMaxEntries = 60'000;  // about 8 MB; a big node application has 30,000
constexpr std::size_t kMaxName = 512;
constexpr std::size_t kChunk = 256 * 1024;
constexpr std::uint64_t kRefreshNs = 1'000'000'000;

// The process's number in its own namespace, where it wrote the file: the last of "NSpid:".
int own_pid(const ProcFs& proc, int pid) {
  const auto status = read_text(proc.path(pid, "status")).value_or("");
  for (const auto line : split_at(status, '\n')) {
    const auto words = split_words(line);
    if (words.size() >= 2 && words[0] == "NSpid:") return parse_number<int>(words.back()).value_or(pid);
  }
  return pid;
}

}  // namespace

void PerfMap::add(std::string_view text) {
  for (const auto line : split_at(text, '\n'))
    if (!line.empty()) add_line(line);
}

void PerfMap::add_line(std::string_view line) {
  const auto first = line.find(' '), second = first == line.npos ? first : line.find(' ', first + 1);
  if (second == line.npos || second + 1 >= line.size() || entries_.size() >= kMaxEntries) {
    ++bad_lines_;
    return;
  }
  const auto hex = [](std::string_view text) {
    return parse_number<std::uint64_t>(text.starts_with("0x") ? text.substr(2) : text, 16);
  };
  const auto begin = hex(line.substr(0, first)), size = hex(line.substr(first + 1, second - first - 1));
  if (!begin || !size || *size == 0 || *begin + *size < *begin) {
    ++bad_lines_;
    return;
  }
  make_room(*begin, *begin + *size);
  entries_[*begin] = {*begin + *size, std::string(line.substr(second + 1, kMaxName))};
}

void PerfMap::make_room(std::uint64_t begin, std::uint64_t end) {
  auto entry = entries_.lower_bound(begin);
  if (entry != entries_.begin() && std::prev(entry)->second.end > begin) --entry;
  while (entry != entries_.end() && entry->first < end) entry = entries_.erase(entry);
}

std::string PerfMap::find(std::uint64_t address) const {
  const auto after = entries_.upper_bound(address);
  if (after == entries_.begin()) return {};
  const auto& entry = *std::prev(after);
  return address < entry.second.end ? entry.second.name : "";
}

std::string PerfMapFile::find(std::uint64_t address, std::uint64_t now_ns) {
  if (checked_ns_ == 0 || now_ns - checked_ns_ >= kRefreshNs) {
    checked_ns_ = now_ns;
    refresh();
  }
  return map_.find(address);
}

void PerfMapFile::refresh() {
  const auto file = TargetFile::in_root(proc_, pid_, fmt::format("/tmp/perf-{}.map", own_pid(proc_, pid_)));
  if (!file) return;
  const auto identity = file->identity();
  const bool other = identity.inode != identity_.inode || identity.device != identity_.device || file->size() < read_;
  if (other) {
    map_.clear();
    read_ = 0;
  }
  identity_ = identity;
  append(*file);
}

// Whole lines only: the last one may be half written.
void PerfMapFile::append(const TargetFile& file) {
  while (read_ < std::min(file.size(), kMaxFile)) {
    const std::string text = file.text(read_, kChunk);
    const auto end = text.rfind('\n');
    if (end == text.npos && text.size() < kChunk) return;
    const std::size_t used = end == text.npos ? text.size() : end + 1;
    map_.add(std::string_view(text).substr(0, used));
    read_ += used;
  }
}

}  // namespace loopstall
