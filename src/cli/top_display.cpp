#include "cli/top_display.h"

#include <algorithm>

namespace loopstall {
namespace {

std::vector<OngoingStall> confirmed_ongoing(const Session& session) {
  std::vector<OngoingStall> stalls;
  for (const OngoingStall& stall : session.ongoing)
    if (session.loops[stall.loop.value].confirmed) stalls.push_back(stall);
  std::sort(stalls.begin(), stalls.end(),
            [](const OngoingStall& a, const OngoingStall& b) { return a.busy_ns > b.busy_ns; });
  return stalls;
}

}  // namespace

// Once a second all is sent again: something else may have written to the terminal.
void TopDisplay::measure(const Session& session, std::uint64_t) {
  shown_ = {};  // with ten thousand tasks two of them at a time would be much
  shown_.whole = summarize(session);
  if (before_) shown_.second = summarize(since(*before_, session));
  remember(session);
  redraw_ = true;
}

// Tasks and culprits only as long as those of the last second are looked at.
void TopDisplay::remember(const Session& session) {
  before_ = reading_of(session, view_.period == top::Period::Second);
}

void TopDisplay::draw(const Session& session) {
  shown_.ongoing = confirmed_ongoing(session);
  top::Picture picture = top::paint(shown_, view_, terminal_.size(), color_);
  shape_ = picture.shape;
  terminal_.show(std::move(picture.lines), std::exchange(redraw_, false));
}

bool TopDisplay::take_input(const Session& session) {
  if (!terminal_.read(typed_)) return false;
  for (const top::Key key : top::take_keys(typed_)) {
    if (top::press(view_, key, shape_) == top::Pressed::Quit) return false;
    redraw_ = redraw_ || key == top::Key::Redraw;
  }
  if (view_.period == top::Period::Second && before_ && !before_->detailed) remember(session);
  draw(session);
  return true;
}

}  // namespace loopstall
