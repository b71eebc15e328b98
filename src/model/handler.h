// Which of the user's functions a framework called: a step's handler, from one look at its stack.
#pragma once

#include <optional>
#include <string_view>

#include "model/evidence.h"
#include "model/task.h"

namespace loopstall {

// A package that calls its users' functions: a server, a router, a message bus. By the file's path; installed ones
// only. A library that happens to call back (a validator, a hook of an ORM) is none: what it calls belongs to its
// caller.
bool is_framework(std::string_view file);

// A named stack of Python frames, innermost first, with roles. Of what the loop dispatched: the user's frames inside
// the innermost framework that has any inside, of which the outermost is the handler. So a route is told from a
// middleware around it, while a route that calls helpers, or a library that calls back, stays the handler. Where a
// middleware's framework is not known, the middleware is the handler: coarser, but not wrong. "" if there is no user
// frame, or no loop; nor while a framework is at work inside a middleware: whose request it is can not be told then.
SourceName handler_of(const Stack& stack);

// Its frame's index; nothing where the name is "". dispatched: so many of the innermost frames.
std::optional<std::size_t> handler_frame(const Stack& stack, std::size_t dispatched);

}  // namespace loopstall
