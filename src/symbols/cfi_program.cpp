#include "symbols/cfi_program.h"

#include <dwarf.h>

#include <algorithm>
#include <vector>

namespace loopstall {
namespace {

constexpr std::size_t kMaxSaved = 64;  // DW_CFA_remember_state; compilers nest one or two
constexpr std::size_t kMaxInstructions = 100'000;

// Runs the instructions of a CIE, then of an FDE, up to an address.
class Program {
 public:
  Program(const CfiEntry& entry, std::uint64_t target) : entry_(entry), target_(target), location_(entry.begin) {}

  bool run(Bytes instructions, const CfiRow* initial) {
    initial_ = initial;
    reader_ = ByteReader(instructions);
    for (std::size_t n = 0; n < kMaxInstructions && ok_ && !passed_ && !reader_.at_end(); ++n)
      execute(reader_.value<std::uint8_t>());
    return ok_ && reader_.ok();
  }
  const CfiRow& row() const { return row_; }

 private:
  void execute(std::uint8_t op);
  void extended(std::uint8_t op);
  void define_cfa(std::uint8_t op);
  void set_offset(std::uint64_t number, std::int64_t factored, RegisterRule::Kind kind) {
    set(number, {kind,
                 static_cast<std::int64_t>(static_cast<std::uint64_t>(factored) *
                                           static_cast<std::uint64_t>(entry_.data_align)),
                 {}});
  }
  // Vector registers have rules too; we have no use for them.
  void set(std::uint64_t number, RegisterRule rule) {
    if (number < row_.rules.size()) row_.rules[number] = rule;
  }
  void set_expression(RegisterRule::Kind kind) {
    const std::uint64_t number = reader_.uleb();
    set(number, {kind, 0, reader_.block(reader_.uleb())});
  }
  void advance(std::uint64_t delta) { advance_to(location_ + delta * entry_.code_align); }
  void advance_to(std::uint64_t location) {
    passed_ = location > target_;
    location_ = location;
  }
  void restore(std::uint64_t number) {
    if (initial_ == nullptr)
      ok_ = false;
    else if (number < row_.rules.size())
      row_.rules[number] = initial_->rules[number];
  }
  void remember() {
    ok_ = saved_.size() < kMaxSaved;
    if (ok_) saved_.push_back(row_);
  }
  void recall() {
    ok_ = !saved_.empty();
    if (!ok_) return;
    row_ = saved_.back();
    saved_.pop_back();
  }

  const CfiEntry& entry_;
  const std::uint64_t target_;
  std::uint64_t location_;
  ByteReader reader_{Bytes()};
  CfiRow row_;
  const CfiRow* initial_ = nullptr;
  std::vector<CfiRow> saved_;
  bool ok_ = true, passed_ = false;
};

void Program::execute(std::uint8_t op) {
  const std::uint8_t low = op & 0x3f;
  switch (op & 0xc0) {
    case DW_CFA_advance_loc:
      return advance(low);
    case DW_CFA_offset:
      return set_offset(low, static_cast<std::int64_t>(reader_.uleb()), RegisterRule::AtOffset);
    case DW_CFA_restore:
      return restore(low);
    default:
      return extended(low);
  }
}

void Program::extended(std::uint8_t op) {
  switch (op) {
    case DW_CFA_nop:
      return;
    case DW_CFA_set_loc:  // an address that is relative to its own place: no compiler of today writes one
      ok_ = (entry_.encoding & 0xf0) == 0;
      return advance_to(read_encoded(reader_, entry_.encoding, 0, 0));
    case DW_CFA_advance_loc1:
      return advance(reader_.value<std::uint8_t>());
    case DW_CFA_advance_loc2:
      return advance(reader_.value<std::uint16_t>());
    case DW_CFA_advance_loc4:
      return advance(reader_.value<std::uint32_t>());
    case DW_CFA_MIPS_advance_loc8:
      return advance(reader_.value<std::uint64_t>());
    case DW_CFA_offset_extended:
    case DW_CFA_val_offset: {
      const std::uint64_t number = reader_.uleb();
      return set_offset(number, static_cast<std::int64_t>(reader_.uleb()),
                        op == DW_CFA_val_offset ? RegisterRule::ValueOffset : RegisterRule::AtOffset);
    }
    case DW_CFA_offset_extended_sf:
    case DW_CFA_val_offset_sf: {
      const std::uint64_t number = reader_.uleb();
      return set_offset(number, reader_.sleb(),
                        op == DW_CFA_val_offset_sf ? RegisterRule::ValueOffset : RegisterRule::AtOffset);
    }
    case DW_CFA_GNU_negative_offset_extended: {
      const std::uint64_t number = reader_.uleb();
      return set_offset(number, static_cast<std::int64_t>(0 - reader_.uleb()), RegisterRule::AtOffset);
    }
    case DW_CFA_restore_extended:
      return restore(reader_.uleb());
    case DW_CFA_undefined:
      return set(reader_.uleb(), {RegisterRule::Undefined, 0, {}});
    case DW_CFA_same_value:
      return set(reader_.uleb(), {RegisterRule::Same, 0, {}});
    case DW_CFA_register: {
      const std::uint64_t number = reader_.uleb();
      return set(number, {RegisterRule::Register, static_cast<std::int64_t>(reader_.uleb()), {}});
    }
    case DW_CFA_remember_state:
      return remember();
    case DW_CFA_restore_state:
      return recall();
    case DW_CFA_expression:
      return set_expression(RegisterRule::AtExpression);
    case DW_CFA_val_expression:
      return set_expression(RegisterRule::ValueExpression);
    case DW_CFA_GNU_args_size:
      return static_cast<void>(reader_.uleb());
    case DW_CFA_GNU_window_save:
      return;  // on arm64: the return address is signed from here on; kAddressMask does it
    default:
      return define_cfa(op);
  }
}

void Program::define_cfa(std::uint8_t op) {
  switch (op) {
    case DW_CFA_def_cfa:
    case DW_CFA_def_cfa_sf:
      row_.cfa_register = static_cast<unsigned>(std::min<std::uint64_t>(reader_.uleb(), kRegisterCount));
      [[fallthrough]];
    case DW_CFA_def_cfa_offset:
    case DW_CFA_def_cfa_offset_sf: {
      const bool factored = op == DW_CFA_def_cfa_sf || op == DW_CFA_def_cfa_offset_sf;
      row_.cfa_offset = factored ? static_cast<std::int64_t>(static_cast<std::uint64_t>(reader_.sleb()) *
                                                             static_cast<std::uint64_t>(entry_.data_align))
                                 : static_cast<std::int64_t>(reader_.uleb());
      break;
    }
    case DW_CFA_def_cfa_register:
      row_.cfa_register = static_cast<unsigned>(std::min<std::uint64_t>(reader_.uleb(), kRegisterCount));
      break;
    case DW_CFA_def_cfa_expression:
      row_.cfa_expression = reader_.block(reader_.uleb());
      row_.cfa_known = !row_.cfa_expression.empty();
      return;
    default:
      ok_ = false;
      return;
  }
  row_.cfa_expression = {};
  row_.cfa_known = row_.cfa_register < kRegisterCount;
}

}  // namespace

std::uint64_t read_encoded(ByteReader& reader, std::uint8_t encoding, std::uint64_t base, std::uint64_t data_base) {
  const std::uint64_t here = base + reader.at();
  std::uint64_t value = 0;
  const auto widen = [](auto v) { return static_cast<std::uint64_t>(static_cast<std::int64_t>(v)); };
  switch (encoding & 0x0f) {
    case DW_EH_PE_absptr:
    case DW_EH_PE_udata8:
    case DW_EH_PE_sdata8:
      value = reader.value<std::uint64_t>();
      break;
    case DW_EH_PE_uleb128:
      value = reader.uleb();
      break;
    case DW_EH_PE_sleb128:
      value = widen(reader.sleb());
      break;
    case DW_EH_PE_udata2:
      value = reader.value<std::uint16_t>();
      break;
    case DW_EH_PE_sdata2:
      value = widen(reader.value<std::int16_t>());
      break;
    case DW_EH_PE_udata4:
      value = reader.value<std::uint32_t>();
      break;
    case DW_EH_PE_sdata4:
      value = widen(reader.value<std::int32_t>());
      break;
    default:
      reader.fail();
  }
  switch (encoding & 0xf0) {
    case DW_EH_PE_absptr:
      return value;
    case DW_EH_PE_pcrel:
      return value + here;
    case DW_EH_PE_datarel:
      return value + data_base;
    default:
      reader.fail();
      return 0;  // indirect and the like: not for code
  }
}

std::optional<CfiRow> row_at(const CfiEntry& entry, std::uint64_t address) {
  Program program(entry, address);
  if (!program.run(entry.initial, nullptr)) return std::nullopt;
  const CfiRow initial = program.row();
  if (!program.run(entry.program, &initial) || !program.row().cfa_known) return std::nullopt;
  return program.row();
}

}  // namespace loopstall
