// Three cells of a record: what sockets waited. Empty where queue delay was not measured.
#pragma once

#include "model/summary.h"
#include "report/csv_text.h"

namespace loopstall {

inline void add_blame(CsvText& csv, const Blame& blame, const Summary& summary) {
  if (summary.knows_blame)
    csv.add(blame.total_ns).add(blame.max_ns).add(blame.sockets);
  else
    csv.skip().skip().skip();
}

}  // namespace loopstall
