// The live status: one line on a terminal, redrawn every second, gone before the report is printed.
#pragma once

#include <string>
#include <vector>

#include "session/display.h"

namespace loopstall {

struct Status {
  std::uint64_t elapsed_ns = 0;
  std::size_t loops = 0;  // confirmed
  double iterations_per_s = 0;
  double utilization = 0;  // of the busiest loop
  std::uint64_t stalls = 0;
  std::uint64_t worst_ns = 0;  // longest stall
};

// Rates come from two readings of the same session.
class StatusMeter {
 public:
  Status read(const Session& session, std::uint64_t now_ns);

 private:
  struct Reading {
    std::uint64_t iterations = 0, busy_ns = 0, idle_ns = 0;
  };
  std::vector<Reading> last_;
  std::uint64_t last_ns_ = 0;
};

// A stall that is going on, in at most so many columns.
using DescribeOngoing = std::string (*)(const OngoingStall& stall, unsigned columns);

// As many of its parts as fit. ongoing: "" or what a stall that is going on was described as.
std::string render_status(const Status& status, const std::string& ongoing, unsigned columns);

class StatusLine : public Display {
 public:
  // Draws nothing unless fd is a terminal.
  StatusLine(int fd, bool wanted, DescribeOngoing describe);
  ~StatusLine() override { erase(); }

  bool active() const { return active_; }
  void measure(const Session& session, std::uint64_t now_ns) override { status_ = meter_.read(session, now_ns); }
  void draw(const Session& session) override;
  void clear() override { erase(); }

 private:
  void erase();
  void put(const std::string& text);

  int fd_;
  bool active_;
  bool drawn_ = false;
  DescribeOngoing describe_;
  StatusMeter meter_;
  Status status_;
};

}  // namespace loopstall
