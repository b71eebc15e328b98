// One row of the unwind table: how to find the caller's registers from those of one instruction. DWARF 5, 6.4; LSB
// Core, "Exception Frames".
#pragma once

#include "symbols/bytes.h"
#include "symbols/expression.h"

namespace loopstall {

struct RegisterRule {
  enum Kind : std::uint8_t { Same, Undefined, AtOffset, ValueOffset, Register, AtExpression, ValueExpression };
  Kind kind = Same;
  std::int64_t number = 0;  // offset from the CFA, or the register
  Bytes expression;
};

struct CfiRow {
  bool cfa_known = false;
  unsigned cfa_register = 0;
  std::int64_t cfa_offset = 0;
  Bytes cfa_expression;  // when not empty it counts, not the two above
  std::array<RegisterRule, kRegisterCount> rules{};
};

struct CfiEntry {  // a common information entry, and a frame description entry that uses it
  std::uint8_t version = 1;
  std::uint8_t encoding = 0;  // DW_EH_PE_* of addresses in the FDE
  bool has_augmentation = false;
  bool signal_frame = false;  // its caller was interrupted, it did not call
  std::uint64_t code_align = 1;
  std::int64_t data_align = 1;
  std::uint64_t return_register = 0;
  Bytes initial, program;             // instructions
  std::uint64_t begin = 0, size = 0;  // the code that the FDE is for
};

// An address in DW_EH_PE_* encoding (LSB Core 10.5.1), where the reader's first byte is at `base`; data_base is what
// DW_EH_PE_datarel is relative to. Fails the reader for what a frame table can not have.
std::uint64_t read_encoded(ByteReader& reader, std::uint8_t encoding, std::uint64_t base, std::uint64_t data_base);

// The row of an address in the entry's code. nullopt: the table is broken.
std::optional<CfiRow> row_at(const CfiEntry& entry, std::uint64_t address);

}  // namespace loopstall
