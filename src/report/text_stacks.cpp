#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "model/culprit.h"
#include "model/groups.h"
#include "report/culprits.h"
#include "report/text_names.h"
#include "report/text_sections.h"
#include "report/text_units.h"
#include "report/utf8.h"
#include "report/wall_clock.h"

namespace loopstall {
namespace {

constexpr std::size_t kStacks = 3, kFrames = 24, kOuterFrames = 8;
constexpr unsigned kName = 4, kPlace = 42;

bool is_blamed(const Frame& frame, const Culprit& culprit) {
  return culprit.known() && (same_function(frame, culprit.frame) || same_function(frame, culprit.handler));
}

void write_frame(Canvas& canvas, const Frame& frame, const Culprit& culprit) {
  const bool blamed = is_blamed(frame, culprit);
  const Ink ink = blamed ? Ink::Bad : frame.role == FrameRole::User ? Ink::Bold : Ink::Dim;
  const unsigned place = std::min(kPlace, canvas.columns());
  Line line;
  line.add(blamed ? "  ▸ " : "    ", ink).add(clean(frame.function, place > kName + 2 ? place - kName - 2 : 0), ink);
  const std::string where = frame.kind == FrameKind::Kernel ? "kernel" : long_place(frame, canvas.columns() - place);
  canvas.line(line.column(place).add(where, ink));
}

// Frames of the same function in a row: a recursion is drawn once.
struct Run {
  const Frame* frame;
  std::size_t count;
};

std::vector<Run> runs(const Stack& stack, std::size_t frames) {
  std::vector<Run> found;
  for (std::size_t i = 0; i < frames; ++i) {
    if (!found.empty() && same_function(*found.back().frame, stack[i])) {
      ++found.back().count;
    } else {
      found.push_back({&stack[i], 1});
    }
  }
  return found;
}

void write_run(Canvas& canvas, const Run& run, const Culprit& culprit) {
  write_frame(canvas, *run.frame, culprit);
  if (run.count > 1)
    canvas.line(Line().column(kName).add(fmt::format("… {} times in all", format_count(run.count)), Ink::Dim));
}

// Where there is not room for all, the middle is left out.
void write_stack(Canvas& canvas, const Stack& stack, std::size_t frames, const Culprit& culprit) {
  const std::vector<Run> all = runs(stack, frames);
  const std::size_t skipped = all.size() > kFrames ? all.size() - kFrames : 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (skipped && i == kFrames - kOuterFrames) {
      canvas.line(Line().column(kName).add(fmt::format("… {}", counted(skipped, "more line")), Ink::Dim));
      i += skipped;
    }
    write_run(canvas, all[i], culprit);
  }
}

// "sleep 98 %, CPU 2 %"
std::string shares(const Stall& stall) {
  std::string text;
  for (const CauseShare& share : stall.evidence->causes) {
    if (50 * share.ns < stall.busy_ns) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", cause_label(share.cause.kind),
                        percent(share.ns, stall.busy_ns));
  }
  return text;
}

void write_stall(Canvas& canvas, const Stall& stall, const EvidenceSample& look, const SessionInfo& info) {
  const std::string of = stall.evidence->samples.size() == 1
                             ? ""
                             : fmt::format(" for {} of it", unbroken(percent(look.weight_ns, stall.busy_ns)));
  canvas.paragraph(fmt::format("{} · {} of {} · {}{}", time_of_day(epoch_ns(info, stall.start_ns)),
                               unbroken(format_duration(stall.busy_ns)), unbroken(full_name(stall.pid, stall.tid)),
                               clean(cause_text(look.cause), 100), of),
                   2, 4);
  const std::size_t dispatched = dispatched_frames(look.stack).value_or(look.stack.size());
  write_stack(canvas, look.stack, dispatched ? dispatched : look.stack.size(), stall.evidence->culprit);
  if (look.holder.empty()) return;
  canvas.paragraph(fmt::format("The GIL was held by thread {}:", look.holder_tid), 2, 4);
  write_stack(canvas, look.holder, look.holder.size(), stall.evidence->culprit);
}

// The worst stall of each culprit: more of the same tells nothing.
std::vector<const Stall*> worth_showing(const std::vector<Stall>& stalls) {
  std::vector<const Stall*> shown;
  std::vector<StallGroup> seen;
  for (const Stall& stall : stalls) {
    if (!best_look(*stall.evidence) || shown.size() == kStacks) continue;
    StallGroup group{.loop = {},
                     .culprit = stall.evidence->culprit,
                     .cause = dominant_cause(*stall.evidence),
                     .busy = {},
                     .example = {}};
    if (std::any_of(seen.begin(), seen.end(), [&](const StallGroup& g) { return same_group(g, group); })) continue;
    seen.push_back(std::move(group));
    shown.push_back(&stall);
  }
  return shown;
}

}  // namespace

std::string evidence_line(const Stall& stall, unsigned columns) {
  const Evidence& evidence = *stall.evidence;
  if (evidence.empty()) return "";
  const std::string causes = shares(stall), gap = causes.empty() ? "" : " · " + causes;
  const Culprit& culprit = evidence.culprit;
  const unsigned taken = display_columns(gap);
  const unsigned room = columns > taken ? columns - taken : 0;
  return (culprit.known() ? name_and_place(culprit.named(), room) : cut(unnamed_text(culprit.unnamed), room)) + gap;
}

void write_stacks(Canvas& canvas, const Summary& summary) {
  const auto stalls = worth_showing(summary.stalls);
  if (stalls.empty()) return;
  canvas.heading("Stacks", "innermost first, up to the event loop");
  for (const Stall* stall : stalls) {
    if (stall != stalls.front()) canvas.blank();
    write_stall(canvas, *stall, *best_look(*stall->evidence), summary.info);
  }
}

}  // namespace loopstall
