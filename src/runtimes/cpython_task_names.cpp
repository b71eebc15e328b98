#include "runtimes/cpython_task_names.h"

#include <algorithm>
#include <memory>

#include "runtimes/cpython_names.h"
#include "runtimes/cpython_objects.h"
#include "runtimes/cpython_walk.h"
#include "runtimes/python_types.h"

namespace loopstall {
namespace {

constexpr int kFirstWithQualifiedCode = 11;

std::string_view last_part(std::string_view name) { return name.substr(name.rfind('.') + 1); }

bool is_named(std::string_view qualified, std::string_view name) { return last_part(qualified) == name; }

struct Helper {
  std::string_view file, name;
  TaskKind kind;
};

// asyncio's own callbacks whose name tells what called them. _set_result_unless_cancelled ends asyncio.sleep(); a new
// connection calls it once as well. _read_from_self is woken up by a signal, or by another thread.
constexpr Helper kHelpers[] = {
    {"/asyncio/futures.py", "_set_result_unless_cancelled", TaskKind::Timer},
    {"/asyncio/timeouts.py", "_on_timeout", TaskKind::Timer},
    {"/asyncio/sslproto.py", "_check_handshake_timeout", TaskKind::Timer},
    {"/asyncio/sslproto.py", "_check_shutdown_timeout", TaskKind::Timer},
    {"/asyncio/selector_events.py", "_read_from_self", TaskKind::Signal},
    {"/asyncio/unix_events.py", "_process_self_data", TaskKind::Signal},
    {"/asyncio/unix_events.py", "_sig_chld", TaskKind::Signal},
};

TaskKind kind_of(const RawTask& raw, const SourceName& source) {
  if (raw.kind == IdentKind::Coroutine || raw.kind == IdentKind::Awaited) return TaskKind::Task;
  if (raw.timer) return TaskKind::Timer;
  // uvloop's is woken up by signals only; other threads have a handle of libuv's.
  if (raw.kind == IdentKind::Named)
    return is_named(source.name, "_read_from_self") ? TaskKind::Signal : TaskKind::Callback;
  for (const auto& helper : kHelpers)
    if (source.file.ends_with(helper.file) && is_named(source.name, helper.name)) return helper.kind;
  return TaskKind::Callback;
}

NamedTask in_c(const RawTask& raw, std::string name) {
  SourceName source{.name = std::move(name)};
  const auto kind = kind_of(raw, source);
  return {kind, std::move(source), FrameRole::Library};
}

class Naming {
 public:
  Naming(const TargetMemory& memory, const PythonLayout& layout, const RawTask& raw)
      : memory_(memory), layout_(layout), raw_(raw) {}

  // What has code in Python.
  std::optional<NamedTask> by_code() const {
    PythonNames names(std::make_unique<BorrowedMemory>(memory_), layout_);
    const auto code = names.frame(raw_python_code(memory_, layout_, raw_.ident));
    if (!code) return std::nullopt;
    const SourceName source{qualified(code->function), code->file, code->first_line};
    return NamedTask{kind_of(raw_, source), source, code->role};
  }

  // A PyMethodDef begins with its name. What a function of a module is bound to is the module. A method goes by the
  // type that has it: objects of all types that inherit it share the row.
  std::optional<NamedTask> builtin() const {
    const auto name = printable(c_string(memory_, memory_.value<std::uint64_t>(raw_.ident).value_or(0)));
    if (!name) return std::nullopt;
    const auto owner = method_owner(memory_, raw_.class_type, raw_.ident);
    const auto type = type_of(owner ? owner : raw_.class_type);
    const bool method = type && *type != "module";
    return in_c(raw_, method ? std::string(last_part(*type)) + "." + *name : *name);
  }

  // Awaited: a coroutine of another make, such as Cython's, or an object with __await__.
  std::optional<NamedTask> by_type() const {
    const auto type = type_of(raw_.ident);
    return type ? std::optional(in_c(raw_, *type)) : std::nullopt;
  }

  std::optional<NamedTask> named() const {
    const auto name = python_string(memory_, layout_, raw_.ident);
    return name ? std::optional(in_c(raw_, *name)) : std::nullopt;
  }

 private:
  std::string qualified(const std::string& code_name) const {
    if (layout_.minor >= kFirstWithQualifiedCode) return code_name;
    const auto name = python_string(memory_, layout_, raw_.qualname).value_or("");
    return last_part(name) == code_name ? name : code_name;
  }

  std::optional<std::string> type_of(std::uint64_t type) const {
    return type != 0 && type_is_ready(memory_, type) ? printable(type_name(memory_, type)) : std::nullopt;
  }

  static std::optional<std::string> printable(std::string text) {
    const bool good = std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= ' ' && c != 0x7f; });
    return good && !text.empty() ? std::optional(std::move(text)) : std::nullopt;
  }

  const TargetMemory& memory_;
  const PythonLayout& layout_;
  const RawTask& raw_;
};

NamedTask placeholder(std::string name) { return {TaskKind::Other, {.name = std::move(name)}, FrameRole::Library}; }
NamedTask other_tasks() { return placeholder("(other tasks)"); }

}  // namespace

std::optional<NamedTask> name_python_task(const TargetMemory& memory, const PythonLayout& layout, const RawTask& raw) {
  const Naming naming(memory, layout, raw);
  switch (raw.kind) {
    case IdentKind::Other:
      return other_tasks();
    case IdentKind::Coroutine:
    case IdentKind::Function:
      return naming.by_code();
    case IdentKind::Builtin:
      return naming.builtin();
    case IdentKind::Type:
    case IdentKind::Awaited:
      return naming.by_type();
    case IdentKind::Named:
      return naming.named();
    case IdentKind::Unreadable:
      return placeholder("(unreadable)");
  }
  return std::nullopt;
}

NamedTask gone_task(const RawTask& raw) { return raw.kind == IdentKind::Other ? other_tasks() : in_c(raw, "(gone)"); }

}  // namespace loopstall
