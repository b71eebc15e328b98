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

}  // namespace

void write_terms(Canvas& canvas, const Summary& summary) {
  if (summary.loops.empty()) return;
  canvas.blank();
  for (const Term& term : kTerms)
    canvas.line(Line().add("  ").add(term.name, Ink::Dim).column(13).add(term.meaning, Ink::Dim));
}

}  // namespace loopstall
