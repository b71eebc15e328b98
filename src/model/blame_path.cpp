#include "model/blame_path.h"

#include <algorithm>
#include <optional>

#include "model/culprit.h"
#include "model/handler.h"

namespace loopstall {
namespace {

std::vector<const Frame*> users_in(const Stack& stack, std::size_t end) {
  std::vector<const Frame*> users;
  for (std::size_t i = end; i-- > 0;)
    if (is_user(stack[i])) users.push_back(&stack[i]);
  return users;
}

// Where the loop dispatched no user's code. In a Python stack only Python counts: the interpreter's own C frames are
// there whenever its loop itself is running.
const Frame* outermost_other(const Stack& stack, std::size_t end) {
  const bool python = std::any_of(stack.begin(), stack.end(), [](auto& f) { return f.kind == FrameKind::Python; });
  const FrameKind kind = python ? FrameKind::Python : FrameKind::Native;
  for (std::size_t i = end; i-- > 0;)
    if (stack[i].kind == kind) return &stack[i];
  return nullptr;
}

// The stack was cut off before it came to the loop. Python's own loop is never user's code, so that a user's frame
// there was dispatched; of native code nobody knows.
BlamePath path_without_loop(const EvidenceSample& sample) {
  BlamePath path{.frames = {}, .weight_ns = sample.weight_ns, .from_loop = false, .why_empty = Unnamed::NoLoop};
  if (sample.complete) return path;
  for (const Frame* frame : users_in(sample.stack, sample.stack.size()))
    if (frame->kind == FrameKind::Python) path.frames.push_back(frame);
  return path;
}

}  // namespace

std::optional<std::size_t> dispatched_frames(const Stack& stack) {
  std::optional<std::size_t> end;
  for (std::size_t i = stack.size(); i-- > 0;) {
    if (stack[i].role == FrameRole::Loop) end = i;
    if (end && is_user(stack[i])) break;
  }
  return end;
}

BlamePath path_of(const EvidenceSample& sample) {
  const std::optional<std::size_t> end = dispatched_frames(sample.stack);
  if (!end) return path_without_loop(sample);
  const auto handler = handler_frame(sample.stack, *end);  // a middleware around it is not to blame
  BlamePath path{users_in(sample.stack, handler ? *handler + 1 : *end), sample.weight_ns, true, Unnamed::LoopItself};
  if (!path.frames.empty()) return path;
  if (const Frame* other = outermost_other(sample.stack, *end)) path.frames.push_back(other);
  return path;
}

BlamePath holder_path(const EvidenceSample& sample) {
  BlamePath path{users_in(sample.holder, sample.holder.size()), sample.weight_ns, true, Unnamed::NoHolder};
  if (path.frames.empty() && !sample.holder.empty()) path.frames.push_back(&sample.holder.front());
  return path;
}

}  // namespace loopstall
