// The sections of the text report, in the order in which they appear; each is one file.
#pragma once

#include "report/text_canvas.h"

namespace loopstall {

void write_verdict(Canvas& canvas, const Summary& summary);    // what to know if only one line is read
void write_session(Canvas& canvas, const Summary& summary);    // what was measured, and in which detail
void write_culprits(Canvas& canvas, const Summary& summary);   // who held the loops, by what, and what to do about it
void write_tasks(Canvas& canvas, const Summary& summary);      // whose steps took the loops' time
void write_requests(Canvas& canvas, const Summary& summary);   // by name; nothing if nobody asked for them
void write_stacks(Canvas& canvas, const Summary& summary);     // of the worst stall of each culprit
void write_overview(Canvas& canvas, const Summary& summary);   // one line per loop, when there are several
void write_loops(Canvas& canvas, const Summary& summary);      // one block per loop
void write_stalls(Canvas& canvas, const Summary& summary);     // the worst
void write_processes(Canvas& canvas, const Summary& summary);  // who came and went; who is no loop and why
void write_trust(Canvas& canvas, const Summary& summary);      // losses, notes, own cost
void write_terms(Canvas& canvas, const Summary& summary);      // the words that the report uses

// Part of the verdict: the worst culprits, a few lines.
void write_blame(Canvas& canvas, const Summary& summary);

// Parts of a loop's block.
void write_life(Canvas& canvas, const Loop& loop, const Summary& summary);  // nothing if it was always there
void write_steps(Canvas& canvas, const LoopSummary& loop);                  // nothing if none were counted
void write_histogram(Canvas& canvas, const LoopSummary& loop, std::uint64_t threshold_ns);
void write_split(Canvas& canvas, const LoopSummary& loop);
void write_timeline(Canvas& canvas, const LoopSummary& loop, std::uint64_t session_start_ns);
void write_queue(Canvas& canvas, const LoopSummary& loop);  // nothing if queue delay was not measured
void write_caveats(Canvas& canvas, const LoopSummary& loop, const Summary& summary);

// Who and what a stall was, in at most so many columns; "" without evidence.
std::string evidence_line(const Stall& stall, unsigned columns);

// "43 other sockets waited 17.2 s in all"; "" if none did.
std::string delayed_text(const Blame& delayed);

// How many loops get a block of their own.
std::size_t blocks_shown(const Summary& summary);

// "pid 4711", or "pid 4711 tid 4713" where the loop is not the main thread.
std::string full_name(int pid, int tid);
// "4711" or "4711/4713"
std::string short_name(int pid, int tid);

}  // namespace loopstall
