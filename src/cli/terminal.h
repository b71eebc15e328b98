// The terminal as a screen: raw keys, and pictures instead of lines. Whatever way loopstall ends, but by SIGKILL, the
// terminal is left as it was found.
#pragma once

#include <termios.h>

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "top/picture.h"

namespace loopstall {

class Terminal {
 public:
  // Standard input and output have to be a terminal that can be drawn on.
  static Result<Terminal> open();
  Terminal(Terminal&&) noexcept = default;
  Terminal& operator=(Terminal&&) = delete;
  ~Terminal() { leave(); }

  // From here on a resize makes fd() readable. Call it before there are threads: the signal must be blocked in all.
  Result<> watch_resizes();
  void enter();
  void leave();

  int fd() const { return events_.get(); }  // readable: read() brings keys, or the size is another
  // What was typed; nothing at the moment: "". False: the terminal is gone.
  bool read(std::string& bytes);
  top::Size size() const;
  // Lines as tall and wide as the screen. Those that did not change are not sent again, unless `all`.
  void show(std::vector<std::string> lines, bool all);

 private:
  Terminal(Fd tty, Fd events) : tty_(std::move(tty)), events_(std::move(events)) {}
  void send(const std::string& bytes);
  bool flush();

  Fd tty_, events_, resizes_;
  bool entered_ = false;
  std::vector<std::string> shown_;
  top::Size shown_size_{0, 0};
  std::string unsent_;
};

}  // namespace loopstall
