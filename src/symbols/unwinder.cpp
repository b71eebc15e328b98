#include "symbols/unwinder.h"

#include <algorithm>
#include <array>

namespace loopstall {
namespace {

// Where a thread begins. glibc says so in its unwind information; musl and others have none there.
constexpr std::array<std::string_view, 7> kFirstFunctions{"_start", "_start_c", "clone",         "__clone",
                                                          "clone3", "__clone3", "_dl_start_user"};

class Unwinder {
 public:
  Unwinder(const CodeAt& code_at, const Registers& registers, const StackCopy& stack, SymbolLosses& losses)
      : code_at_(code_at), stack_(stack), losses_(losses) {
    std::copy_n(registers.dwarf.begin(), values_.size(), values_.begin());
    values_[kProgramCounter] = registers.pc;
    values_[kStackPointer] = registers.sp;
    values_[kFramePointer] = registers.fp;
  }

  Unwound run() {
    while (!ended_) {
      if (result_.frames.size() == kMaxFrames) {
        end(UnwindEnd::Truncated);
      } else {
        result_.frames.push_back({values_[kProgramCounter], 0, return_address_});
        step();
      }
    }
    return std::move(result_);
  }

 private:
  UnwoundFrame& frame() { return result_.frames.back(); }
  void end(UnwindEnd how) {
    result_.end = how;
    ended_ = true;
  }
  void fail(std::uint64_t& counter) {
    ++counter;
    end(UnwindEnd::Failed);
  }
  void fail(StepError error) {
    if (error == StepError::OutsideStack)
      end(UnwindEnd::Truncated);
    else
      fail(losses_.bad_cfi);
  }

  void step();
  void step_by_table(const CfiEntry& entry, const CfiRow& row);
  void step_by_frame_pointer(const Code& code);
  Evaluated cfa_of(const CfiRow& row) const;
  Evaluated caller_value(const RegisterRule& rule, unsigned number, std::uint64_t cfa) const;
  Evaluated load(std::uint64_t address) const;
  void go_to(std::uint64_t pc, bool called);

  const CodeAt& code_at_;
  const StackCopy stack_;
  SymbolLosses& losses_;
  RegisterValues values_{};
  bool return_address_ = false;
  bool ended_ = false;
  Unwound result_;
};

void Unwinder::step() {
  const Code code = code_at_(frame().pc - (return_address_ ? 1 : 0));
  if (!code.executable) return fail(losses_.no_code);
  CfiEntry entry;
  const auto found = code.module ? code.module->find_cfi(code.address, entry) : CfiTable::Found::No;
  if (found == CfiTable::Found::No) return step_by_frame_pointer(code);
  const auto row = found == CfiTable::Found::Yes ? row_at(entry, code.address) : std::nullopt;
  if (!row) return fail(losses_.bad_cfi);
  step_by_table(entry, *row);
}

Evaluated Unwinder::load(std::uint64_t address) const {
  const auto word = stack_.word(address);
  return word ? Evaluated{*word, StepError::None} : Evaluated{0, StepError::OutsideStack};
}

Evaluated Unwinder::cfa_of(const CfiRow& row) const {
  if (!row.cfa_expression.empty()) return evaluate(row.cfa_expression, values_, stack_);
  return {values_[row.cfa_register] + static_cast<std::uint64_t>(row.cfa_offset), StepError::None};
}

Evaluated Unwinder::caller_value(const RegisterRule& rule, unsigned number, std::uint64_t cfa) const {
  const std::uint64_t at = cfa + static_cast<std::uint64_t>(rule.number);
  switch (rule.kind) {
    case RegisterRule::Same:
      return {number == kStackPointer ? cfa : values_[number], StepError::None};
    case RegisterRule::AtOffset:
      // Below sp: popped again already, at the function's end. Compilers leave the rule as it is there.
      return at < values_[kStackPointer] ? Evaluated{values_[number], StepError::None} : load(at);
    case RegisterRule::ValueOffset:
      return {at, StepError::None};
    case RegisterRule::Register: {
      const auto other = static_cast<std::uint64_t>(rule.number);
      return other < values_.size() ? Evaluated{values_[other], StepError::None} : Evaluated{0, StepError::BadTable};
    }
    case RegisterRule::AtExpression: {
      const Evaluated where = evaluate(rule.expression, values_, stack_, cfa);
      return where.error == StepError::None ? load(where.value) : where;
    }
    case RegisterRule::ValueExpression:
      return evaluate(rule.expression, values_, stack_, cfa);
    case RegisterRule::Undefined:
      break;
  }
  return {0, StepError::None};
}

void Unwinder::step_by_table(const CfiEntry& entry, const CfiRow& row) {
  if (entry.signal_frame) frame().return_address = false;  // the trampoline's first byte, which nobody called
  const auto& pc_rule = row.rules[entry.return_register];
  if (pc_rule.kind == RegisterRule::Undefined) return end(UnwindEnd::Complete);
  if (pc_rule.kind == RegisterRule::Same && !kLinkRegister) return fail(losses_.bad_cfi);

  const Evaluated cfa = cfa_of(row);
  if (cfa.error != StepError::None) return fail(cfa.error);
  frame().cfa = cfa.value;
  // Calls stack up downwards. A signal handler may run on a stack of its own, so its caller may be anywhere.
  const bool leaf = kLinkRegister && pc_rule.kind == RegisterRule::Same && result_.frames.size() == 1;
  if (!entry.signal_frame && !leaf && cfa.value <= values_[kStackPointer]) return fail(losses_.bad_cfi);

  RegisterValues caller{};
  for (unsigned i = 0; i < kRegisterCount; ++i) {
    const Evaluated value = caller_value(row.rules[i], i, cfa.value);
    // Only what the next step can not do without: the rest may lie where the copy does not reach.
    if (value.error != StepError::None && (i == entry.return_register || value.error == StepError::BadTable))
      return fail(value.error);
    caller[i] = value.value;
  }
  const std::uint64_t pc = caller[entry.return_register];
  values_ = caller;
  go_to(pc, !entry.signal_frame);
}

// The chain of saved frame pointers, as far as it is one: inside the copy, upwards, return addresses in code.
void Unwinder::step_by_frame_pointer(const Code& code) {
  if (code.module) {
    const auto symbol = code.module->symbol(code.address);
    if (symbol && std::count(kFirstFunctions.begin(), kFirstFunctions.end(), symbol->name) != 0)
      return end(UnwindEnd::Complete);
  }
  const std::uint64_t fp = values_[kFramePointer];
  if (fp < values_[kStackPointer] || fp % 8 != 0) return fail(losses_.no_cfi);
  const auto saved = stack_.word(fp), pc = stack_.word(fp + 8);
  if (!saved || !pc) return fp < stack_.end() + (8U << 20) ? end(UnwindEnd::Truncated) : fail(losses_.no_cfi);
  if (*pc != 0 && !code_at_((*pc & kAddressMask) - 1).executable) return fail(losses_.no_cfi);
  ++result_.by_frame_pointer;
  frame().cfa = fp + 16;
  values_[kFramePointer] = *saved;
  values_[kStackPointer] = fp + 16;
  go_to(*pc, true);
}

void Unwinder::go_to(std::uint64_t pc, bool called) {
  values_[kProgramCounter] = pc & kAddressMask;
  return_address_ = called;
  if (values_[kProgramCounter] == 0) end(UnwindEnd::Complete);
}

}  // namespace

Unwound unwind_stack(const CodeAt& code_at, const Registers& registers, const StackCopy& stack, SymbolLosses& losses) {
  return Unwinder(code_at, registers, stack, losses).run();
}

}  // namespace loopstall
