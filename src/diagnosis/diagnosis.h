// What a stall means and what to do about it: plain advice, found by a table of rules. Pure. Advice is given only on
// evidence (a cause that was seen, frames that were on the stack), and every Advice says which; docs/diagnosis.md lists
// the rules.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/session.h"

namespace loopstall {

struct Advice {
  std::string id;        // "time-sleep": stable, for programs
  std::string title;     // "time.sleep()": what it is, in a few words
  std::string remedy;    // "await asyncio.sleep()": the standard alternative in a few words; "" when there is none
  std::string text;      // one to three sentences
  std::string evidence;  // what it was concluded from: "load /srv/app.py:42, asleep in clock_nanosleep"
  bool operator==(const Advice&) const = default;
};

// runtime: of the loop, as in Loop. Nothing when no rule fits, or when the look that would tell is missing.
std::optional<Advice> diagnose(const StallGroup& group, std::string_view runtime);
std::optional<Advice> diagnose(const Evidence& evidence, std::string_view runtime);

// "asleep in fsync: /srv/db.sqlite", "computing", "waiting for the GIL".
std::string cause_text(const Cause& cause);
// The same in a word or two, for a table: "sleep", "socket", "GIL", "run queue".
std::string_view cause_label(CauseKind kind);

// "/srv/app.py:42"; native code without debug information shows as its module; "" when nothing is known.
std::string place_text(const Frame& frame);

}  // namespace loopstall
