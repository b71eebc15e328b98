#include "runtimes/prologue.h"

#include <array>

#include "runtimes/x86_instruction.h"

namespace loopstall {
namespace {

constexpr std::array<std::size_t, 6> kArgumentRegisters = {7, 6, 2, 1, 8, 9};
constexpr int kNone = -1;

// Which argument each general register holds.
class Arguments {
 public:
  Arguments() {
    held_.fill(kNone);
    for (std::size_t i = 0; i < kArgumentRegisters.size(); ++i) held_[kArgumentRegisters[i]] = static_cast<int>(i);
  }

  void after(const Instruction& instruction) {
    const int moved =
        instruction.copy_from == kNoRegister ? kNone : held_[static_cast<std::size_t>(instruction.copy_from)];
    for (std::size_t i = 0; i < held_.size(); ++i)
      if ((instruction.writes >> i & 1) != 0) held_[i] = kNone;
    if (instruction.copy_to != kNoRegister) held_[static_cast<std::size_t>(instruction.copy_to)] = moved;
  }

  int in_register_of(std::size_t argument) const { return held_[kArgumentRegisters[argument]]; }

  bool all_in_place(int count) const {
    for (int i = 0; i < count; ++i)
      if (in_register_of(static_cast<std::size_t>(i)) != i) return false;
    return true;
  }

  std::optional<int> where_is_first() const {
    for (const int argument : {0, 1})
      if (in_register_of(static_cast<std::size_t>(argument)) == 0) return argument;
    return std::nullopt;
  }

 private:
  std::array<int, 16> held_{};
};

// Emulated instructions of the straight way in, as long as `visit` wants more.
template <class Visit>
void each_emulated(std::span<const std::uint8_t> code, Visit visit) {
  Arguments arguments;
  for (std::size_t at = 0; at < code.size();) {
    const auto instruction = decode_instruction(code.subspan(at));
    if (!instruction || (instruction->emulated && !visit(at, *instruction, arguments)) || instruction->branches) return;
    arguments.after(*instruction);
    at += instruction->length;
  }
}

}  // namespace

std::optional<std::size_t> probe_point(std::span<const std::uint8_t> code, int count) {
  std::optional<std::size_t> point;
  each_emulated(code, [&](std::size_t at, const Instruction& instruction, const Arguments& arguments) {
    if (!arguments.all_in_place(count)) return false;
    if (!point || !instruction.pushes) point = at;
    return instruction.pushes;
  });
  return point;
}

std::optional<ArgumentPoint> first_argument_point(std::span<const std::uint8_t> code) {
  std::optional<ArgumentPoint> point;
  each_emulated(code, [&](std::size_t at, const Instruction&, const Arguments& arguments) {
    if (const auto argument = arguments.where_is_first()) point = ArgumentPoint{at, *argument};
    return !point;
  });
  return point;
}

}  // namespace loopstall
