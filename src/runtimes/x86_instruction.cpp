#include "runtimes/x86_instruction.h"

#include <algorithm>

namespace loopstall {
namespace {

enum class Operands : std::uint8_t { None, ModRm, Imm8, Imm32, ModRmImm8, ModRmImm32 };
enum class Effect : std::uint8_t {
  Nothing,    // of general registers: memory, flags, vector registers
  Reg,        // writes the register of ModRM.reg
  Rm,         // writes what ModRM.rm is
  Low,        // writes the register in the opcode's low bits
  Alu,        // ModRM.reg is the operation, 7 is cmp
  Increment,  // ModRM.reg is the operation, 0 inc, 1 dec
  Test,       // ModRM.reg is the operation, 0 test
  Push,
  Nop,
  Branch,
};

struct Row {
  std::uint8_t first, last;
  Operands operands;
  Effect effect;
};

// Beside add, or, adc, sbb, and, sub, xor, cmp of registers and memory (0x00 to 0x3b).
constexpr Row kOneByte[] = {
    {0x50, 0x57, Operands::None, Effect::Push},        // push
    {0x63, 0x63, Operands::ModRm, Effect::Reg},        // movslq
    {0x70, 0x7f, Operands::Imm8, Effect::Branch},      // jcc
    {0x80, 0x80, Operands::ModRmImm8, Effect::Alu},    //
    {0x81, 0x81, Operands::ModRmImm32, Effect::Alu},   //
    {0x83, 0x83, Operands::ModRmImm8, Effect::Alu},    //
    {0x84, 0x85, Operands::ModRm, Effect::Nothing},    // test
    {0x88, 0x89, Operands::ModRm, Effect::Rm},         // mov
    {0x8a, 0x8b, Operands::ModRm, Effect::Reg},        // mov
    {0x8d, 0x8d, Operands::ModRm, Effect::Reg},        // lea
    {0x90, 0x90, Operands::None, Effect::Nop},         //
    {0xb8, 0xbf, Operands::Imm32, Effect::Low},        // mov
    {0xc1, 0xc1, Operands::ModRmImm8, Effect::Rm},     // shifts
    {0xc6, 0xc6, Operands::ModRmImm8, Effect::Rm},     // mov
    {0xc7, 0xc7, Operands::ModRmImm32, Effect::Rm},    // mov
    {0xd1, 0xd1, Operands::ModRm, Effect::Rm},         // shifts
    {0xe8, 0xe9, Operands::Imm32, Effect::Branch},     // call, jmp
    {0xeb, 0xeb, Operands::Imm8, Effect::Branch},      // jmp
    {0xf6, 0xf6, Operands::ModRmImm8, Effect::Test},   //
    {0xf7, 0xf7, Operands::ModRmImm32, Effect::Test},  //
    {0xff, 0xff, Operands::ModRm, Effect::Increment},
};

constexpr Row kTwoBytes[] = {
    {0x10, 0x11, Operands::ModRm, Effect::Nothing},  // movups
    {0x1f, 0x1f, Operands::ModRm, Effect::Nothing},  // long nops
    {0x28, 0x29, Operands::ModRm, Effect::Nothing},  // movaps
    {0x40, 0x4f, Operands::ModRm, Effect::Reg},      // cmovcc
    {0x57, 0x57, Operands::ModRm, Effect::Nothing},  // xorps
    {0x6e, 0x6f, Operands::ModRm, Effect::Nothing},  // movq to a vector register, movdqa
    {0x7f, 0x7f, Operands::ModRm, Effect::Nothing},  // movdqa
    {0x80, 0x8f, Operands::Imm32, Effect::Branch},   // jcc
    {0x90, 0x9f, Operands::ModRm, Effect::Rm},       // setcc
    {0xb6, 0xb7, Operands::ModRm, Effect::Reg},      // movzx
    {0xbe, 0xbf, Operands::ModRm, Effect::Reg},      // movsx
    {0xef, 0xef, Operands::ModRm, Effect::Nothing},  // pxor
};

constexpr std::uint8_t kEndbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};

std::optional<Row> find(std::span<const Row> table, std::uint8_t opcode) {
  const auto row =
      std::find_if(table.begin(), table.end(), [&](const Row& r) { return opcode >= r.first && opcode <= r.last; });
  return row == table.end() ? std::nullopt : std::optional(*row);
}

// 0x00 add r/m,r; 0x02 add r,r/m; 0x08 or ... 0x38 cmp. Forms with an immediate have rows of their own or are left out.
std::optional<Row> arithmetic(std::uint8_t opcode) {
  if (opcode > 0x3b || (opcode & 7) > 3) return std::nullopt;
  const bool compares = opcode >= 0x38, to_register = (opcode & 2) != 0;
  const auto effect = compares ? Effect::Nothing : to_register ? Effect::Reg : Effect::Rm;
  return Row{opcode, opcode, Operands::ModRm, effect};
}

class Decoder {
 public:
  explicit Decoder(std::span<const std::uint8_t> code) : code_(code) {}

  std::optional<Instruction> run() {
    if (code_.size() >= 4 && std::equal(std::begin(kEndbr64), std::end(kEndbr64), code_.begin()))
      return Instruction{.length = 4};
    prefixes();
    const auto row = opcode();
    if (!row || !operands(*row) || !effect(*row) || at_ > code_.size()) return std::nullopt;
    out_.length = at_;
    return out_;
  }

 private:
  std::uint8_t byte() {
    const std::uint8_t value = at_ < code_.size() ? code_[at_] : 0;
    ++at_;
    return value;
  }
  std::uint8_t next() const { return at_ < code_.size() ? code_[at_] : 0; }
  bool prefixed() const { return rex_ != 0 || wide_prefix_ || other_prefix_; }
  bool wide() const { return (rex_ & 8) != 0; }

  // 66 operand size, 64 fs: (thread-local variables), f2 and f3 where they choose the instruction; then REX.
  void prefixes() {
    for (;; ++at_) {
      if (next() == 0x66)
        wide_prefix_ = true;
      else if (next() == 0x64)
        other_prefix_ = true;
      else if (next() == 0xf2 || next() == 0xf3)
        other_prefix_ = repeat_ = true;
      else
        break;
    }
    if ((next() & 0xf0) == 0x40) rex_ = byte();
  }

  std::optional<Row> opcode() {
    opcode_ = byte();
    if (opcode_ == 0x0f) {
      opcode_ = byte();
      two_bytes_ = true;
      return find(kTwoBytes, opcode_);
    }
    if (repeat_) return std::nullopt;
    if (const auto row = arithmetic(opcode_)) return row;
    return find(kOneByte, opcode_);
  }

  void modrm() {
    modrm_ = byte();
    const int mod = modrm_ >> 6, low = modrm_ & 7;
    in_memory_ = mod != 3;
    if (!in_memory_) return;
    const int base = low == 4 ? byte() & 7 : low;
    if (mod == 1) at_ += 1;
    if (mod == 2 || (mod == 0 && base == 5)) at_ += 4;  // without a base, or relative to rip
  }

  bool operands(const Row& row) {
    switch (row.operands) {
      case Operands::None:
        return true;
      case Operands::ModRm:
        modrm();
        return true;
      case Operands::Imm8:
        at_ += 1;
        return true;
      case Operands::Imm32:
        at_ += row.effect == Effect::Low && wide() ? 8 : immediate();
        return true;
      case Operands::ModRmImm8:
        modrm();
        at_ += 1;
        return true;
      case Operands::ModRmImm32:
        modrm();
        at_ += immediate();
        return true;
    }
    return false;
  }
  std::size_t immediate() const { return wide_prefix_ && !wide() ? 2 : 4; }

  int operation() const { return modrm_ >> 3 & 7; }
  int reg() const { return operation() | (rex_ & 4) << 1; }
  int rm() const { return (modrm_ & 7) | (rex_ & 1) << 3; }
  int low() const { return (opcode_ & 7) | (rex_ & 1) << 3; }

  // Without REX, byte registers 4 to 7 are the second bytes of registers 0 to 3.
  void writes(int number) {
    out_.writes = static_cast<std::uint16_t>(out_.writes | 1U << number);
    if (rex_ == 0 && number >= 4 && number < 8)
      out_.writes = static_cast<std::uint16_t>(out_.writes | 1U << (number - 4));
  }

  bool writes_reg() {
    writes(reg());
    if (opcode_ == 0x8b && !two_bytes_ && wide() && !in_memory_) out_.copy_from = rm(), out_.copy_to = reg();
    return true;
  }

  bool writes_rm() {
    if (in_memory_) return true;
    writes(rm());
    if (opcode_ == 0x89 && !two_bytes_ && wide()) out_.copy_from = reg(), out_.copy_to = rm();
    return true;
  }

  bool effect(const Row& row) {
    switch (row.effect) {
      case Effect::Nothing:
        return true;
      case Effect::Reg:
        return writes_reg();
      case Effect::Rm:
        return writes_rm();
      case Effect::Low:
        writes(low());
        return true;
      case Effect::Alu:
        return operation() == 7 || writes_rm();
      case Effect::Increment:
        return operation() <= 1 && writes_rm();
      case Effect::Test:
        return operation() == 0;
      case Effect::Push:
        out_.pushes = true;
        return emulated(!wide_prefix_ && !other_prefix_ && (rex_ == 0 || rex_ == 0x41));
      case Effect::Nop:
        return rex_ == 0 && emulated(!prefixed());  // with REX.B it is xchg
      case Effect::Branch:
        out_.branches = true;
        out_.pushes = opcode_ == 0xe8 && !two_bytes_;
        return !prefixed() && emulated(true);
    }
    return false;
  }
  bool emulated(bool is) {
    out_.emulated = is;
    return true;
  }

  std::span<const std::uint8_t> code_;
  std::size_t at_ = 0;
  bool wide_prefix_ = false, other_prefix_ = false, repeat_ = false, two_bytes_ = false, in_memory_ = false;
  std::uint8_t rex_ = 0, opcode_ = 0, modrm_ = 0;
  Instruction out_;
};

}  // namespace

std::optional<Instruction> decode_instruction(std::span<const std::uint8_t> code) { return Decoder(code).run(); }

}  // namespace loopstall
