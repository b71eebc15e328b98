// How functions are written in a table.
#pragma once

#include "model/evidence.h"
#include "report/text_canvas.h"

namespace loopstall::top {

// The name, and where it is: beside it if both fit, or in a column of its own where there is much room.
void write_function(Line& line, const Frame& frame, unsigned columns, Ink ink);

}  // namespace loopstall::top
