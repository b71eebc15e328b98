// A stall in one line, for people who watch.
#pragma once

#include <string>

#include "model/session.h"

namespace loopstall {

// "stalled 3.2 s in handle_report app.py:88 (waiting for a socket in recvfrom: tcp 10.0.0.5:5432)", cut to the columns.
std::string ongoing_text(const OngoingStall& stall, unsigned columns);

}  // namespace loopstall
