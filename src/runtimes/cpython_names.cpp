#include "runtimes/cpython_names.h"

#include "runtimes/cpython_lines.h"
#include "runtimes/cpython_objects.h"
#include "runtimes/cpython_roles.h"

namespace loopstall {
namespace {

constexpr std::uint64_t kType = 8;          // ob_type
constexpr std::size_t kMaxHeld = 8 << 20;   // bytes of names and tables: some 20,000 functions
constexpr std::size_t kCodeOverhead = 300;  // of an entry, beside its strings

Frame nameless() {
  Frame frame;
  frame.kind = FrameKind::Python;
  frame.role = FrameRole::Library;
  return frame;
}

}  // namespace

PythonNames::PythonNames(std::unique_ptr<TargetMemory> memory, const PythonLayout& layout)
    : memory_(std::move(memory)), layout_(layout) {}

PythonNames::PythonNames(int pid, const PythonLayout& layout)
    : PythonNames(std::make_unique<ProcessMemory>(pid), layout) {}

std::size_t PythonNames::Hash::operator()(const RawPythonFrame& raw) const {
  std::uint64_t hash = raw.code;
  for (const std::uint64_t part : {raw.filename, raw.name, raw.linetable, static_cast<std::uint64_t>(raw.first_line)})
    hash = (hash ^ part) * 0x9e3779b97f4a7c15ULL;
  return hash ^ hash >> 32;
}

// Asked after everything was read: as long as the code object is the same one, it kept its strings alive.
bool PythonNames::still_there(const RawPythonFrame& raw) const {
  const auto& o = layout_.offsets;
  const auto is = [&](std::uint64_t offset, std::uint64_t value) {
    return memory_->value<std::uint64_t>(raw.code + offset) == value;
  };
  return is(kType, layout_.code_type) && is(o.code_filename, raw.filename) && is(o.code_name, raw.name) &&
         is(o.code_linetable, raw.linetable) &&
         memory_->value<std::int32_t>(raw.code + o.code_first_line) == raw.first_line;
}

std::optional<PythonNames::Code> PythonNames::read(const RawPythonFrame& raw) const {
  auto function = python_string(*memory_, layout_, raw.name);
  auto file = python_string(*memory_, layout_, raw.filename);
  auto table = python_bytes(*memory_, layout_, raw.linetable);
  if (!function || !file || !still_there(raw)) return std::nullopt;
  return Code{std::move(*function), std::move(*file), std::move(table)};
}

const PythonNames::Code* PythonNames::code_of(const RawPythonFrame& raw) {
  RawPythonFrame key = raw;
  key.instr = 0;
  if (const auto found = codes_.find(key); found != codes_.end()) return &found->second;
  auto code = read(raw);
  if (!code) return nullptr;
  const auto size = kCodeOverhead + code->function.size() + code->file.size() + code->table.value_or("").size();
  if (bytes_ + size > kMaxHeld) codes_.clear(), bytes_ = 0;
  bytes_ += size;
  return &codes_.emplace(key, std::move(*code)).first->second;
}

std::optional<Frame> PythonNames::frame(const RawPythonFrame& raw) {
  const auto* code = code_of(raw);
  if (code == nullptr) {
    ++lost_;
    return std::nullopt;
  }
  Frame frame = nameless();
  frame.function = code->function;
  frame.file = code->file;
  frame.role = python_role(code->file);
  frame.first_line = raw.first_line > 0 ? static_cast<std::uint32_t>(raw.first_line) : 0;
  if (code->table) frame.line = python_line(layout_.minor, *code->table, raw.first_line, raw.instr);
  return frame;
}

Stack PythonNames::stack(std::span<const RawPythonFrame> frames, bool truncated, std::size_t outside) {
  Stack stack;
  for (const auto& raw : frames) {
    auto named = frame(raw);
    stack.push_back(named ? std::move(*named) : nameless());
  }
  assign_python_roles(stack, truncated, outside);
  return stack;
}

}  // namespace loopstall
