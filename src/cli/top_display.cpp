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
  shown_.whole = summarize(session);
  if (before_) shown_.second = summarize(since(*before_, session));
  before_ = reading_of(session);
  redraw_ = true;
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
  draw(session);
  return true;
}

}  // namespace loopstall
