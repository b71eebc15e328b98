// The parts of the picture, from top to bottom.
#pragma once

#include "report/text_canvas.h"
#include "top/picture.h"

namespace loopstall::top {

// What is measured, for how long, in which tier and at which cost.
void write_header(Canvas& canvas, const Shown& shown, const Size& size);
// The stalls that are going on.
void write_ongoing(Canvas& canvas, const Shown& shown, const Size& size);
void write_loops(Canvas& canvas, const Shown& shown, Period period, const Size& size);
// The keys of all that can be done; with their meaning where there are so many lines.
void write_help(Canvas& canvas, Table table, std::size_t lines);
// As many of the keys as fit on one line.
void write_keys(Canvas& canvas, const View& view, Table table, bool has_requests);

// Where the screen is low, headings and blank lines are the first to go.
inline bool is_roomy(const Size& size) { return size.rows >= 18; }
std::string_view period_text(Period period);

}  // namespace loopstall::top
