// Stalls by culprit and cause: every stall that evidence came for is counted in one group, also those that are not
// kept.
#pragma once

#include "model/session.h"

namespace loopstall {

// If there is no room for a new group, the stall is counted as not grouped.
void add_to_groups(Session& session, const EvidenceFound& found);

// Joins the group with one of the same culprit and cause, whatever its loop; else appends it.
void merge_group(std::vector<StallGroup>& groups, const StallGroup& group);

// What identifies a group but for its loop.
bool same_group(const StallGroup& a, const StallGroup& b);

}  // namespace loopstall
