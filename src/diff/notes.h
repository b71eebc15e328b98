// What to know about the two sessions before anything of them is compared.
#pragma once

#include "diff/diff.h"

namespace loopstall {

void note_what_differs(Diff& diff, const Summary& before, const Summary& after);
// Tasks for whose blocks of time there was no room in the recording.
std::size_t without_blocks(const Summary& summary);

}  // namespace loopstall
