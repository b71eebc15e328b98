#include <algorithm>

#include "report/text_sections.h"

namespace loopstall {
namespace {

struct Term {
  std::string_view name, meaning;
};

constexpr Term kTerms[] = {
    {"busy", "a wait's return to the next wait: nothing else on that loop runs"},
    {"own", "busy time without the run queue: what the loop did itself"},
    {"blocked", "asleep inside a call: I/O, a lock, a sleep"},
    {"run queue", "ready to run, but others had the CPU"},
};

constexpr Term kEvidenceTerms[] = {
    {"who", "your own innermost function that took over half of a stall"},
    {"seen", "at the look that shows best what a stall of it was"},
};

constexpr Term kTaskTerms[] = {
    {"step", "one run of a task or callback, until it gives the loop back"},
    {"of busy", "the share of the loop's busy time that these steps held it"},
};

constexpr Term kArrival = {"arrival", "what a request at a random moment waits for the loop"};

constexpr Term kQueueTerms[] = {
    {"queue", "what a socket with data ready waited to be read: what clients feel"},
    {"blame", "queue delay inflicted on sockets, that of all of them together"},
};

constexpr Term kEstimated = {"~", "the handler of some of them is an estimate, from few looks"};

void write_term(Canvas& canvas, const Term& term) {
  canvas.line(Line().add("  ").add(term.name, Ink::Dim).column(13).add(term.meaning, Ink::Dim));
}

bool is_estimated(const TaskSummary& row) { return row.estimated_steps > 0; }

}  // namespace

void write_terms(Canvas& canvas, const Summary& summary) {
  if (summary.loops.empty()) return;
  canvas.blank();
  for (const Term& term : kTerms) write_term(canvas, term);
  write_term(canvas, kArrival);
  if (summary.knows_blame)
    for (const Term& term : kQueueTerms) write_term(canvas, term);
  if (!summary.groups.empty())
    for (const Term& term : kEvidenceTerms) write_term(canvas, term);
  if (!summary.tasks.empty())
    for (const Term& term : kTaskTerms) write_term(canvas, term);
  if (std::any_of(summary.tasks.begin(), summary.tasks.end(), is_estimated)) write_term(canvas, kEstimated);
}

}  // namespace loopstall
