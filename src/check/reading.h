// The value that a rule asks for, with what is not known about it.
#pragma once

#include <string>
#include <vector>

#include "check/measured.h"

namespace loopstall::check {

struct Reading {
  double value = 0;
  double least = 0, most = 0;  // what it may be as well, given what nobody booked and what was lost
  std::uint64_t n = 0;         // of how many values
  std::uint64_t breaking = 0;  // of a quantile: how many of them the limit does not hold for
  std::string doubt{};         // why least and most are not the value
  std::string missing{};       // there is nothing to judge: why
  std::vector<std::size_t> offenders{};
};

Reading read(const Rule& rule, const Measured& measured);

// One subject each.
Reading read_iterations(const Rule& rule, const Measured& measured);
Reading read_stalls(const Rule& rule, const Measured& measured);
Reading read_loops(const Rule& rule, const Measured& measured);
Reading read_tasks(const Rule& rule, const Measured& measured);
Reading read_culprits(const Rule& rule, const Measured& measured);
Reading read_queues(const Rule& rule, const Measured& measured);
Reading read_requests(const Rule& rule, const Measured& measured);

bool measured_queues(const Measured& measured);

// A statistic of a distribution; 0 of an empty one.
double statistic_of(const Rule& rule, const Histogram& histogram);
Reading exactly(double value, std::uint64_t n = 0);
// Offenders that no [[ignore]] excuses, the most own time first.
std::vector<std::size_t> by_time(const Measured& measured, const std::vector<std::size_t>& offenders);

}  // namespace loopstall::check
