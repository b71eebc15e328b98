#include "runtimes/cpython_roles.h"

#include <algorithm>
#include <optional>

namespace loopstall {
namespace {

// ".../lib/python3.11/..." and ".../lib64/python3.11/...", python311.zip for one in an archive.
bool in_standard_library(std::string_view file) {
  for (const std::string_view folder : {"/lib/python3", "/lib64/python3"}) {
    const auto at = file.find(folder);
    if (at == file.npos) continue;
    const auto rest = file.substr(at + folder.size());
    const auto end = rest.find_first_not_of(".0123456789t");
    if (end != rest.npos && end > 0 && (rest[end] == '/' || rest.substr(end).starts_with("zip/"))) return true;
  }
  return false;
}

std::string_view last_part(std::string_view qualname) { return qualname.substr(qualname.rfind('.') + 1); }

struct Function {
  std::string_view file, name;
};

bool is_one_of(const Frame& frame, const Function* begin, const Function* end) {
  return frame.role != FrameRole::User && std::any_of(begin, end, [&](const Function& f) {
           return frame.file.ends_with(f.file) && last_part(frame.function) == f.name;
         });
}

// asyncio.run and Runner.run: "run" in both. Before 3.11 a function's class is not known, so it is not looked at.
constexpr Function kLoops[] = {{"/asyncio/base_events.py", "run_forever"},
                               {"/asyncio/base_events.py", "run_until_complete"},
                               {"/asyncio/base_events.py", "_run_once"},
                               {"/asyncio/runners.py", "run"},
                               {"/uvloop/__init__.py", "run"},
                               {"/uvicorn/_compat.py", "asyncio_run"}};
constexpr Function kHandle[] = {{"/asyncio/events.py", "_run"}};
constexpr Function kIteration[] = {{"/asyncio/base_events.py", "_run_once"}};
// The latter steps each task's coroutine itself.
constexpr Function kTrio[] = {{"/trio/_core/_run.py", "run"}, {"/trio/_core/_run.py", "unrolled_run"}};
constexpr Function kRunsAsyncio[] = {{"/asyncio/base_events.py", "run_forever"}};
constexpr Function kRunsTrio[] = {{"/trio/_core/_run.py", "run"}};

bool is_loop(const Frame& f) { return is_one_of(f, std::begin(kLoops), std::end(kLoops)); }
bool is_handle(const Frame& f) { return is_one_of(f, std::begin(kHandle), std::end(kHandle)); }
bool is_iteration(const Frame& f) { return is_one_of(f, std::begin(kIteration), std::end(kIteration)); }
bool is_trio(const Frame& f) { return is_one_of(f, std::begin(kTrio), std::end(kTrio)); }
bool is_user(const Frame& f) { return f.role == FrameRole::User; }

bool is_asyncio(const Frame& f) {
  const auto at = f.file.rfind("/asyncio/");
  return f.role == FrameRole::Library && in_standard_library(f.file) && at != f.file.npos &&
         f.file.find('/', at + 9) == f.file.npos && f.file.find("-packages/") == f.file.npos;
}

template <class Is>
std::optional<std::size_t> outermost(const Stack& stack, Is is) {
  for (std::size_t i = stack.size(); i-- > 0;)
    if (is(stack[i])) return i;
  return std::nullopt;
}

// The innermost of the frames at and just inside `at` that are the loop library's own.
template <class Is>
std::size_t inward(const Stack& stack, std::size_t at, Is is) {
  while (at > 0 && is(stack[at - 1])) --at;
  return at;
}

// Index of the innermost frame of the loop, or just outside it.
std::optional<std::size_t> innermost_loop_frame(const Stack& stack, std::size_t outside) {
  const auto handle = outermost(stack, is_handle), iteration = outermost(stack, is_iteration);
  const auto trio = outermost(stack, is_trio);
  if (trio && (!iteration || *trio > *iteration)) return inward(stack, *trio, is_trio);
  // A nested loop's Handle._run inside code that the outer loop ran without one (a signal handler) is not the loop's.
  if (handle && (!iteration || *handle + 1 == *iteration)) return inward(stack, *handle, is_asyncio);
  if (iteration) return *iteration;
  if (const auto loop = outermost(stack, is_loop)) return inward(stack, *loop, is_loop);
  return outside ? std::optional(stack.size() - outside) : std::nullopt;
}

}  // namespace

bool runs_asyncio(const Frame& f) { return is_one_of(f, std::begin(kRunsAsyncio), std::end(kRunsAsyncio)); }
bool runs_trio(const Frame& f) { return is_one_of(f, std::begin(kRunsTrio), std::end(kRunsTrio)); }

FrameRole python_role(std::string_view file) {
  if (file.starts_with('<')) return file == "<string>" || file == "<stdin>" ? FrameRole::User : FrameRole::Library;
  for (const std::string_view folder : {"/site-packages/", "/dist-packages/"})
    if (file.find(folder) != file.npos) return FrameRole::Library;
  return in_standard_library(file) ? FrameRole::Library : FrameRole::User;
}

void assign_python_roles(Stack& stack, bool truncated, std::size_t outside) {
  auto loop = truncated ? std::nullopt : innermost_loop_frame(stack, outside);
  if (!loop) return;
  const bool own = outermost(stack, is_iteration).has_value() &&
                   std::none_of(stack.begin(), stack.begin() + static_cast<std::ptrdiff_t>(*loop), is_user) &&
                   !outermost(stack, is_handle);
  for (std::size_t i = own ? 0 : *loop; i < stack.size(); ++i) stack[i].role = FrameRole::Loop;
}

}  // namespace loopstall
