// Names of JIT code: /tmp/perf-PID.map, which node --perf-basic-prof, Java agents and CPython's -X perf write. Lines of
// "START SIZE NAME", the numbers in hex; the file only grows, and of two lines for one address the later one counts.
// Linux, tools/perf/Documentation/jit-interface.txt.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "target/target_file.h"

namespace loopstall {

class PerfMap {
 public:
  // The whole text of a map, or what was added to it. Lines that are none are counted and skipped.
  void add(std::string_view text);
  // Empty if no line covers the address.
  std::string find(std::uint64_t address) const;
  std::uint64_t bad_lines() const { return bad_lines_; }
  void clear() { entries_.clear(); }

 private:
  struct Entry {
    std::uint64_t end;
    std::string name;
  };
  void add_line(std::string_view line);
  void make_room(std::uint64_t begin, std::uint64_t end);
  std::map<std::uint64_t, Entry> entries_;  // by begin; they do not overlap
  std::uint64_t bad_lines_ = 0;
};

// The map of one process, read again when it has grown, at most once a second.
class PerfMapFile {
 public:
  PerfMapFile(const ProcFs& proc, int pid) : proc_(proc), pid_(pid) {}
  std::string find(std::uint64_t address, std::uint64_t now_ns);
  std::uint64_t bad_lines() const { return map_.bad_lines(); }

 private:
  void refresh();
  void append(const TargetFile& file);
  const ProcFs proc_;
  const int pid_;
  PerfMap map_;
  TargetFile::Identity identity_;
  std::uint64_t read_ = 0;  // bytes of the file
  std::uint64_t checked_ns_ = 0;
};

}  // namespace loopstall
