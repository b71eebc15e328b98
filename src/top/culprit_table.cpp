#include <fmt/format.h>

#include <array>

#include "base/units.h"
#include "report/culprits.h"
#include "report/text_names.h"
#include "report/text_units.h"
#include "report/utf8.h"
#include "top/names.h"
#include "top/tables.h"

namespace loopstall::top {
namespace {

std::string name_of(const StallGroup& group) {
  return group.culprit.known() ? group.culprit.named().function : "(nobody is named)";
}

// "time.sleep() → await asyncio.sleep()"
std::string remedy(const StallGroup& group, const Summary& summary) {
  const auto advice = advice_for(group, summary);
  if (!advice) return std::string(unnamed_text(group.culprit.unnamed));
  return clean(advice->title) + (advice->remedy.empty() ? "" : " → " + advice->remedy);
}

std::uint64_t per_mille(const StallGroup& group, unsigned n) { return group.busy.quantile_ns(n / 1000.0); }

template <unsigned PerMille>
constexpr Column<StallGroup> quantile(char key, std::string_view title, std::string_view meaning, unsigned rank) {
  return {{key, title, meaning, 9, rank},
          [](const StallGroup& group) { return as_double(per_mille(group, PerMille)); },
          [](const StallGroup& group, const Summary&) { return format_duration(per_mille(group, PerMille)); }};
}

using Rows = std::array<Column<StallGroup>, 9>;
const Rows kColumns{{
    {{'n', "who", "the function to change", 0, 0, true},
     nullptr,
     [](const StallGroup& group, const Summary&) { return name_of(group); }},
    {{'a', "cause", "what took most of the time", 13, 3, true},
     nullptr,
     [](const StallGroup& group, const Summary&) { return std::string(cause_label(group.cause.kind)); }},
    {{'x', "stalls", "how many stalls", 9, 2},
     [](const StallGroup& group) { return as_double(group.busy.count()); },
     [](const StallGroup& group, const Summary&) { return format_count(group.busy.count()); }},
    {{'t', "total", "how long they held the loop, together", 9, 1},
     [](const StallGroup& group) { return as_double(group.busy.sum_ns()); },
     [](const StallGroup& group, const Summary&) { return format_duration(group.busy.sum_ns()); }},
    {{'b', "blame", "the queue delay that they inflicted on sockets", 9, 4},
     [](const StallGroup& group) { return as_double(group.blame.total_ns); },
     [](const StallGroup& group, const Summary& summary) {
       return summary.knows_blame ? format_duration(group.blame.total_ns) : "–";
     }},
    quantile<500>('p', "p50", "half of them were as short as this", 4),
    quantile<990>('9', "p99", "99 % of them were", 3),
    quantile<1000>('m', "max", "the longest", 1),
    {{'w', "what to do", "what it was, and the standard alternative", 50, 5, true}, nullptr, remedy},
}};

// Where the handler is another function than who blocked.
std::string handler_text(const Culprit& culprit) {
  const Frame& handler = culprit.handler;
  if (handler.function.empty() || culprit.frame.function.empty() || handler == culprit.frame) return "";
  return fmt::format("{} {} · ", culprit.held_gil ? "in the thread of" : "in the handler", name_and_place(handler, 60));
}

}  // namespace

std::span<const Column<StallGroup>> culprit_columns() { return kColumns; }

void write_culprit(Line& line, const StallGroup& group, unsigned columns, bool selected) {
  if (group.culprit.known())
    return write_function(line, group.culprit.named(), columns, selected ? Ink::Bold : Ink::Bad);
  line.add(cut(name_of(group), columns), selected ? Ink::Bold : Ink::Plain);
}

void write_details(Canvas& canvas, const StallGroup& group, const Summary& summary) {
  const Culprit& culprit = group.culprit;
  const std::string where = culprit.known() ? long_place(culprit.named(), canvas.columns() / 2) + " · " : "";
  canvas.line(Line().add("  ").add(where, Ink::Bold).add(handler_text(culprit)).add(clean(cause_text(group.cause))));
  canvas.line(Line().add("  ").add(remedy(group, summary), Ink::Good));
}

}  // namespace loopstall::top
