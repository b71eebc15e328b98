// Shows a measurement while it goes on: the status line of attach, the screen of top.
#pragma once

#include "model/session.h"

namespace loopstall {

class Display {
 public:
  virtual ~Display() = default;

  // Once a second: what was counted until now.
  virtual void measure(const Session& session, std::uint64_t now_ns) = 0;
  // A few times a second: what was measured last, and what is going on now.
  virtual void draw(const Session& session) = 0;
  // The measurement is over.
  virtual void clear() = 0;

  // A descriptor that is readable when there is something for take_input(); -1: there never is.
  virtual int input_fd() const { return -1; }
  // False: the measurement is to end.
  virtual bool take_input(const Session& session) { return static_cast<void>(session), true; }

  Display() = default;
  Display(const Display&) = delete;
  Display& operator=(const Display&) = delete;
};

}  // namespace loopstall
