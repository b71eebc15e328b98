// Whose code a Python frame is, and where in a stack the event loop ends and what it dispatched begins.
#pragma once

#include <string_view>

#include "model/evidence.h"

namespace loopstall {

// By the code's file: Library is the standard library (…/lib/python3.X/…), site-packages and dist-packages, and what
// the interpreter makes up ("<frozen importlib._bootstrap>"); "<string>" and "<stdin>" are the user's.
FrameRole python_role(std::string_view file);

// It is the function that runs a loop of asyncio, or of trio. As a guest of another loop trio has none.
bool runs_asyncio(const Frame& frame);
bool runs_trio(const Frame& frame);

// Sets the role Loop in a stack of Python frames, innermost first, of which the other roles are set.
//
// Of nested loops the outermost is the one that is measured. What it dispatched is inside the outermost Handle._run,
// and inside the frames of asyncio itself that Handle._run enters (a transport's _read_ready, wait_for). Without any
// Handle._run, as on uvloop, whose own frames are not Python's, it is inside the outermost run_until_complete,
// run_forever, Runner.run; on trio inside its run and the function that steps its tasks. A stack without user code
// inside asyncio's own loop is the loop's own: all of it is Loop. A truncated stack has lost its outermost frames:
// nothing in it is known to be the loop. outside: so many of the outermost frames are known to be outside of a loop
// that has no frame of its own, as uvloop's run_forever() when it is called by other code. They tell where no frame
// does.
void assign_python_roles(Stack& stack, bool truncated = false, std::size_t outside = 0);

}  // namespace loopstall
