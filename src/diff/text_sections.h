// Sections of the comparison as text.
#pragma once

#include "diff/diff.h"
#include "report/text_canvas.h"

namespace loopstall {

void write_requests(Canvas& canvas, const Diff& diff);

}  // namespace loopstall
