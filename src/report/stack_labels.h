// Names as exports write them: one line each, valid UTF-8, without control or format characters. All come from the
// target, so all are cleaned here; nothing is cut off, because two names that differ must not become one.
#pragma once

#include <string>

#include "report/stall_stacks.h"

namespace loopstall {

// The function alone; "[no name]" where there is none, which some formats do not take.
std::string function_label(const std::string& function);

// "report (/srv/shop/api.py:41)", "clock_nanosleep (/usr/lib/libc.so.6)", "[no stack]".
std::string frame_label(const Frame& frame);

// "uvicorn (pid 4711)", "uvicorn (pid 4711, tid 4713)".
std::string loop_label(const Loop& loop);

// "off-CPU: asleep in clock_nanosleep", "cause not known"; "" on the CPU.
std::string state_label(const StallStack& stack);

// The function that the loop dispatched, or the culprit where that is not known; "" for nobody.
std::string task_label(const StallStack& stack);

// What marks a stack that is only an example of its stalls.
constexpr std::string_view kEstimated = "[estimated]";

}  // namespace loopstall
