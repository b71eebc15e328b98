// What `loopstall top` shows while it measures: keys in, pictures out.
#pragma once

#include <optional>

#include "cli/terminal.h"
#include "model/recent.h"
#include "session/display.h"

namespace loopstall {

class TopDisplay : public Display {
 public:
  TopDisplay(Terminal& terminal, bool color) : terminal_(terminal), color_(color) { terminal_.enter(); }

  void measure(const Session& session, std::uint64_t now_ns) override;
  void draw(const Session& session) override;
  void clear() override { terminal_.leave(); }
  int input_fd() const override { return terminal_.fd(); }
  bool take_input(const Session& session) override;

 private:
  void remember(const Session& session);

  Terminal& terminal_;
  bool color_;
  bool redraw_ = false;  // all of it
  std::string typed_;
  top::View view_;
  top::Shown shown_;
  top::Shape shape_;
  std::optional<Reading> before_;
};

}  // namespace loopstall
