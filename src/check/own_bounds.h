// Bounds of own time where the time on the run queue is known of many things together (task steps, requests), and not
// of each.
#pragma once

#include "check/measured.h"

namespace loopstall::check {

// The least that the quantile of own time can be: where all of that time was in those around it.
double least_quantile(const Histogram& hold, double q, std::uint64_t runqueue_ns);
// The most that it can be: what is that long lies in an iteration at least as long, and two of them in one of twice the
// length.
double most_quantile(const Measured& measured, double q, std::uint64_t n);

// Of which quantile a rule asks; the maximum and the minimum are quantiles too.
double quantile_of(const Rule& rule);

}  // namespace loopstall::check
