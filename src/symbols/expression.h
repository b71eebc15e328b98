// The DWARF expressions that call frame information uses: of the procedure linkage table, of signal frames. DWARF
// 5, 2.5.
#pragma once

#include <array>
#include <optional>

#include "symbols/bytes.h"
#include "symbols/machine.h"

namespace loopstall {

// The copy of the thread's stack; nothing else of its memory is read.
class StackCopy {
 public:
  StackCopy(std::uint64_t begin, Bytes bytes) : begin_(begin), bytes_(bytes) {}
  std::uint64_t begin() const { return begin_; }
  std::uint64_t end() const { return begin_ + bytes_.size(); }
  std::optional<std::uint64_t> word(std::uint64_t address) const {
    if (address < begin_ || bytes_.size() < 8 || address - begin_ > bytes_.size() - 8) return std::nullopt;
    return ByteReader(bytes_, address - begin_).value<std::uint64_t>();
  }

 private:
  std::uint64_t begin_;
  Bytes bytes_;
};

using RegisterValues = std::array<std::uint64_t, kRegisterCount>;

enum class StepError { None, OutsideStack, BadTable };

struct Evaluated {
  std::uint64_t value = 0;
  StepError error = StepError::None;
};

// push: what is on the stack at first, as DW_CFA_expression wants the CFA there.
Evaluated evaluate(Bytes expression, const RegisterValues& registers, const StackCopy& stack,
                   std::optional<std::uint64_t> push = std::nullopt);

}  // namespace loopstall
