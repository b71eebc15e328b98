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

void write_term(Canvas& canvas, const Term& term) {
  canvas.line(Line().add("  ").add(term.name, Ink::Dim).column(13).add(term.meaning, Ink::Dim));
}

}  // namespace

void write_terms(Canvas& canvas, const Summary& summary) {
  if (summary.loops.empty()) return;
  canvas.blank();
  for (const Term& term : kTerms) write_term(canvas, term);
  if (summary.groups.empty()) return;
  for (const Term& term : kEvidenceTerms) write_term(canvas, term);
}

}  // namespace loopstall
