#include "symbols/expression.h"

#include <dwarf.h>

namespace loopstall {
namespace {

constexpr unsigned kMaxSteps = 1000;  // DW_OP_bra can loop
constexpr std::size_t kMaxDepth = 64;

class Machine {
 public:
  Machine(Bytes expression, const RegisterValues& registers, const StackCopy& stack)
      : expression_(expression), reader_(expression), registers_(registers), memory_(stack) {}

  void push(std::uint64_t value) {
    if (depth_ == kMaxDepth) return fail();
    values_[depth_++] = value;
  }
  Evaluated run() {
    for (unsigned steps = 0; error_ == StepError::None && !reader_.at_end(); ++steps) {
      if (steps == kMaxSteps) fail();
      execute(reader_.value<std::uint8_t>());
    }
    if (!reader_.ok()) fail();
    const std::uint64_t value = pop();
    return {value, error_};
  }

 private:
  void fail(StepError error = StepError::BadTable) {
    if (error_ == StepError::None) error_ = error;
  }
  std::uint64_t pop() {
    if (depth_ != 0) return values_[--depth_];
    fail();
    return 0;
  }
  std::uint64_t peek(std::size_t below_top) {
    if (below_top < depth_) return values_[depth_ - 1 - below_top];
    fail();
    return 0;
  }
  template <class T>
  void push_constant() {
    push(static_cast<std::uint64_t>(static_cast<std::int64_t>(reader_.value<T>())));
  }
  void push_register(std::uint64_t number, std::int64_t offset) {
    if (number >= registers_.size()) return fail();
    push(registers_[number] + static_cast<std::uint64_t>(offset));
  }
  void load() {
    if (const auto word = memory_.word(pop())) return push(*word);
    fail(StepError::OutsideStack);
  }
  void jump(std::int16_t by) {
    const std::uint64_t to = reader_.at() + static_cast<std::uint64_t>(std::int64_t{by});
    if (!reader_.ok() || to > expression_.size()) return fail();
    reader_ = ByteReader(expression_, to);
  }

  void execute(std::uint8_t op);
  void constant(std::uint8_t op);
  void shuffle(std::uint8_t op);
  void unary(std::uint8_t op);
  void binary(std::uint8_t op);
  std::uint64_t compute(std::uint8_t op, std::uint64_t a, std::uint64_t b);
  void rotate();

  Bytes expression_;
  ByteReader reader_;
  const RegisterValues& registers_;
  const StackCopy& memory_;
  std::array<std::uint64_t, kMaxDepth> values_{};
  std::size_t depth_ = 0;
  StepError error_ = StepError::None;
};

void Machine::execute(std::uint8_t op) {
  if (op >= DW_OP_lit0 && op <= DW_OP_lit31) return push(op - std::uint64_t{DW_OP_lit0});
  if (op >= DW_OP_breg0 && op <= DW_OP_breg31) return push_register(op - std::uint64_t{DW_OP_breg0}, reader_.sleb());
  if (op >= DW_OP_addr && op <= DW_OP_consts && op != DW_OP_deref) return constant(op);
  switch (op) {
    case DW_OP_bregx: {
      const std::uint64_t number = reader_.uleb();
      return push_register(number, reader_.sleb());
    }
    case DW_OP_deref:
      return load();
    case DW_OP_nop:
      return;
    case DW_OP_skip:
      return jump(reader_.value<std::int16_t>());
    case DW_OP_bra: {
      const auto by = reader_.value<std::int16_t>();
      return pop() != 0 ? jump(by) : void();
    }
    case DW_OP_dup:
    case DW_OP_drop:
    case DW_OP_over:
    case DW_OP_pick:
    case DW_OP_swap:
    case DW_OP_rot:
      return shuffle(op);
    case DW_OP_abs:
    case DW_OP_neg:
    case DW_OP_not:
    case DW_OP_plus_uconst:
      return unary(op);
    default:
      return binary(op);
  }
}

void Machine::constant(std::uint8_t op) {
  switch (op) {
    case DW_OP_const1u:
      return push(reader_.value<std::uint8_t>());
    case DW_OP_const1s:
      return push_constant<std::int8_t>();
    case DW_OP_const2u:
      return push(reader_.value<std::uint16_t>());
    case DW_OP_const2s:
      return push_constant<std::int16_t>();
    case DW_OP_const4u:
      return push(reader_.value<std::uint32_t>());
    case DW_OP_const4s:
      return push_constant<std::int32_t>();
    case DW_OP_const8u:
    case DW_OP_const8s:
      return push(reader_.value<std::uint64_t>());
    case DW_OP_constu:
      return push(reader_.uleb());
    case DW_OP_consts:
      return push(static_cast<std::uint64_t>(reader_.sleb()));
    default:
      return fail();  // DW_OP_addr: position-dependent, no frame needs it
  }
}

void Machine::rotate() {
  const std::uint64_t first = pop(), second = pop(), third = pop();
  push(first), push(third), push(second);
}

void Machine::shuffle(std::uint8_t op) {
  switch (op) {
    case DW_OP_dup:
      return push(peek(0));
    case DW_OP_drop:
      return static_cast<void>(pop());
    case DW_OP_over:
      return push(peek(1));
    case DW_OP_pick:
      return push(peek(reader_.value<std::uint8_t>()));
    case DW_OP_rot:
      return rotate();
    default: {
      const std::uint64_t first = pop(), second = pop();
      push(first), push(second);
    }
  }
}

void Machine::unary(std::uint8_t op) {
  const std::uint64_t a = pop();
  switch (op) {
    case DW_OP_abs:
      return push(static_cast<std::int64_t>(a) < 0 ? 0 - a : a);
    case DW_OP_neg:
      return push(0 - a);
    case DW_OP_not:
      return push(~a);
    default:
      return push(a + reader_.uleb());
  }
}

void Machine::binary(std::uint8_t op) {
  const std::uint64_t b = pop(), a = pop();
  push(compute(op, a, b));
}

std::uint64_t Machine::compute(std::uint8_t op, std::uint64_t a, std::uint64_t b) {
  const auto sa = static_cast<std::int64_t>(a), sb = static_cast<std::int64_t>(b);
  switch (op) {
    case DW_OP_and:
      return a & b;
    case DW_OP_or:
      return a | b;
    case DW_OP_xor:
      return a ^ b;
    case DW_OP_plus:
      return a + b;
    case DW_OP_minus:
      return a - b;
    case DW_OP_mul:
      return a * b;
    case DW_OP_shl:
      return b < 64 ? a << b : 0;
    case DW_OP_shr:
      return b < 64 ? a >> b : 0;
    case DW_OP_shra:
      return static_cast<std::uint64_t>(sa >> (b < 64 ? b : 63));
    case DW_OP_eq:
      return a == b;
    case DW_OP_ne:
      return a != b;
    case DW_OP_ge:
      return sa >= sb;
    case DW_OP_gt:
      return sa > sb;
    case DW_OP_le:
      return sa <= sb;
    case DW_OP_lt:
      return sa < sb;
    default:
      fail();
      return 0;  // division and the rest: no frame needs it
  }
}

}  // namespace

Evaluated evaluate(Bytes expression, const RegisterValues& registers, const StackCopy& stack,
                   std::optional<std::uint64_t> push) {
  Machine machine(expression, registers, stack);
  if (push) machine.push(*push);
  return machine.run();
}

}  // namespace loopstall
