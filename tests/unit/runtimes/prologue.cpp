// Functions' beginnings as compilers made them, from objdump of the builds named.
#include "runtimes/prologue.h"

#include <string_view>
#include <vector>

#include "catch.h"
#include "runtimes/x86_instruction.h"
#include "target/text.h"

using namespace loopstall;

namespace {

using Code = std::vector<std::uint8_t>;

Code code(std::string_view hex) {
  Code bytes;
  for (const auto word : split_words(hex)) bytes.push_back(parse_number<std::uint8_t>(word, 16).value());
  return bytes;
}

std::optional<Instruction> decode(std::string_view hex) { return decode_instruction(code(hex)); }
std::size_t length_of(std::string_view hex) {
  const auto instruction = decode(hex);
  return instruction ? instruction->length : 0;
}
bool emulated(std::string_view hex) {
  const auto instruction = decode(hex);
  return instruction && instruction->emulated;
}

constexpr int kRax = 0, kRdx = 2, kRbx = 3, kRsi = 6, kRdi = 7, kR12 = 12, kR15 = 15;
bool writes(std::string_view hex, int number) {
  const auto instruction = decode(hex);
  REQUIRE(instruction);
  return (instruction->writes >> number & 1) != 0;
}

}  // namespace

TEST_CASE("lengths of instructions are those of objdump") {
  for (const std::string_view hex : {
           "55",
           "41 57",
           "90",
           "f3 0f 1e fa",  // push, nop, endbr64
           "48 83 ec 18",
           "48 81 ec 28 01 00 00",  // sub rsp
           "48 85 d2",
           "48 39 47 08",
           "48 83 7f 08 00",  // test, cmp
           "48 8b 05 0f a0 1d 00",
           "4c 8b 25 c0 9d 1d 00",  // mov relative to rip
           "8b 57 28",
           "48 8b 80 40 02 00 00",  // mov with displacements
           "64 48 8b 04 25 28 00 00 00",
           "49 8b 1c 24",  // fs:, SIB
           "64 48 8b 2c 25 f8 ff ff ff",
           "48 8d 74 24 10",  //
           "66 48 8d 3d fe 78 2a 00",
           "c7 47 28 01 00 00 00",  // data16 lea, movl
           "66 c7 47 28 01 00",
           "48 c7 c0 01 00 00 00",  //
           "b8 01 00 00 00",
           "48 b8 01 02 03 04 05 06 07 08",  //
           "f6 47 28 01",
           "f7 47 28 01 00 00 00",  // test
           "0f b6 47 28",
           "0f 1f 44 00 00",
           "66 90",  // movzx, long nops
           "48 ff 07",
           "48 83 07 01",
           "4c 89 6c 24 08",  //
           "31 c0",
           "0f 11 44 24 10",
           "66 0f ef c0",  // xor, movups, pxor
           "7e 71",
           "0f 8e 17 01 00 00",
           "eb 10",  // branches
           "e8 40 ee ed ff",
           "e9 f6 50 1a 00",  //
       }) {
    INFO(hex);
    CHECK(length_of(hex) == code(hex).size());
    CHECK(length_of(std::string(hex) + " 00 00 00 00") == code(hex).size());
    CHECK(length_of(hex.substr(0, hex.size() < 3 ? 0 : hex.size() - 3)) == 0);
  }
}

TEST_CASE("what the kernel emulates") {
  for (const std::string_view hex : {"50", "57", "41 50", "41 57", "90", "eb 00", "e9 00 00 00 00", "e8 00 00 00 00",
                                     "70 00", "7f 00", "0f 80 00 00 00 00", "0f 8f 00 00 00 00"}) {
    INFO(hex);
    CHECK(emulated(hex));
  }
  // Pushes with other prefixes, nops that 6.18 rewrites, xchg %r8,%rax, a call with prefixes, endbr64, others.
  for (const std::string_view hex :
       {"40 55", "48 55", "66 55", "0f 1f 44 00 00", "66 90", "66 0f 1f 44 00 00", "41 90", "66 66 48 e8 00 00 00 00",
        "66 e9 00 00 00 00", "f2 e9 00 00 00 00", "f3 0f 1e fa", "48 83 ec 18", "48 89 f7", "c3"}) {
    INFO(hex);
    CHECK_FALSE(emulated(hex));
  }
}

TEST_CASE("what is not known is refused") {
  for (const std::string_view hex :
       {"", "c3", "cc", "ff d0", "ff 25 00 00 00 00", "41 90", "f0 48 83 07 01", "c5 f8 77", "67 8b 07", "48 87 d1",
        "0f 05", "f3 a4", "f3 90", "48 f7 d8", "06", "48"}) {
    INFO(hex);
    CHECK_FALSE(decode(hex));
  }
}

TEST_CASE("which registers an instruction writes") {
  CHECK(writes("48 89 fe", kRsi));  // mov %rdi,%rsi
  CHECK_FALSE(writes("48 89 fe", kRdi));
  CHECK(writes("8b 7f 28", kRdi));              // mov 0x28(%rdi),%edi
  CHECK_FALSE(writes("48 89 4f 10", kRdi));     // mov %rcx,0x10(%rdi)
  CHECK(writes("48 8d 3d 00 00 00 00", kRdi));  // lea
  CHECK(writes("31 f6", kRsi));                 // xor %esi,%esi
  CHECK_FALSE(writes("48 39 77 08", kRsi));     // cmp
  CHECK_FALSE(writes("48 83 fe 01", kRsi));     // cmp $1,%rsi
  CHECK(writes("48 83 c6 08", kRsi));           // add $8,%rsi
  CHECK(writes("be 01 00 00 00", kRsi));        // mov $1,%esi
  CHECK(writes("41 bc 01 00 00 00", kR12));     //
  CHECK(writes("0f b6 f0", kRsi));              // movzbl %al,%esi
  CHECK(writes("0f 44 f8", kRdi));              // cmove %eax,%edi
  CHECK(writes("40 0f 94 c6", kRsi));           // sete %sil
  CHECK(writes("0f 94 c6", kRdx));              // sete %dh
  CHECK_FALSE(writes("84 c0", kRax));           // test
  CHECK(writes("4c 8b 3e", kR15));              // mov (%rsi),%r15
  CHECK_FALSE(writes("53", kRbx));
}

TEST_CASE("only a whole register is followed") {
  const auto moved = decode("48 89 fe");  // mov %rdi,%rsi
  CHECK((moved->copy_from == kRdi && moved->copy_to == kRsi));
  const auto other_form = decode("48 8b f7");
  CHECK((other_form->copy_from == kRdi && other_form->copy_to == kRsi));
  CHECK(decode("89 fe")->copy_to == kNoRegister);     // mov %edi,%esi
  CHECK(decode("48 8b 37")->copy_to == kNoRegister);  // mov (%rdi),%rsi
  CHECK(decode("48 01 fe")->copy_to == kNoRegister);  // add %rdi,%rsi
}

TEST_CASE("Context.run is probed at its first push") {
  CHECK(probe_point(code("41 55 41 54 55 53 48 83 ec 18"), 3) == 0U);                     // pyenv 3.8 to 3.11
  CHECK(probe_point(code("41 55 53 48 83 ec 18 48 85 d2 0f 8e 17 01 00 00"), 3) == 10U);  // the jle pushes nothing
  CHECK(probe_point(code("41 55 53 48 89 fe 48 85 d2 0f 8e 17 01 00 00"), 3) == 0U);      // but rsi is lost there
  CHECK(probe_point(code("53 e8 00 00 00 00"), 1) == 0U);                                 // a call pushes as well
  CHECK(probe_point(code("41 57 49 89 f7 41 56 41 55 49 89 cd"), 3) == 0U);               // pyenv 3.12, 3.13
  CHECK(probe_point(code("f3 0f 1e fa 55 48 89 e5 48 83 ec 30"), 3) == 4U);               // Debian 3.15
}

TEST_CASE("Context.run is probed at the jump that tests its arguments") {
  // endbr64; sub; mov %rbx,...; mov %rbp,...; mov tstate,%rbp; test %rdx,%rdx; jle
  CHECK(probe_point(code("f3 0f 1e fa 48 83 ec 28 48 89 1c 24 48 89 6c 24 08 64 48 8b 2c 25 e8 ff ff ff 48 85 d2 "
                         "0f 8e 90 63 d3 ff"),
                    3) == 29U);  // Debian 3.13
  CHECK(probe_point(code("f3 0f 1e fa 48 83 ec 38 48 89 5c 24 18 48 89 6c 24 20 64 48 8b 2c 25 e8 ff ff ff 48 85 d2 "
                         "0f 8e b4 00 00 00"),
                    3) == 30U);  // Debian 3.14
}

TEST_CASE("an argument that is gone before the first emulated instruction refuses the place") {
  CHECK_FALSE(probe_point(code("48 8b 36 55 53"), 3));              // mov (%rsi),%rsi; push
  CHECK(probe_point(code("48 8b 36 55 53"), 1) == 3U);              // ... which is no argument of one that has one
  CHECK_FALSE(probe_point(code("48 89 f8 31 d2 55"), 3));           // xor %edx,%edx
  CHECK_FALSE(probe_point(code("48 87 fe 55"), 3));                 // xchg: not known
  CHECK_FALSE(probe_point(code("48 89 f3 c3 55"), 3));              // ret before the push
  CHECK_FALSE(probe_point(code("8b 7f 28 85 ff 74 02 55 53"), 3));  // the jump has lost rdi, and not every call pushes
  CHECK_FALSE(probe_point(code(""), 3));
}

TEST_CASE("PyContext_Enter is probed where its context is") {
  // Debian 3.11: mov %rdi,%rsi; mov tstate,%rdi; jmp
  CHECK(first_argument_point(code("48 89 fe 48 8b 3d 2b ad 56 00 e9 f6 50 1a 00")) == ArgumentPoint{10, 1});
  // pyenv 3.8 to 3.11: sub; mov; [mov; mov PyContext_Type,%rsi;] cmp; jne
  CHECK(first_argument_point(code("48 83 ec 08 48 8b 05 75 10 19 00 48 39 47 08 75 47")) == ArgumentPoint{15, 0});
  CHECK(first_argument_point(code("48 83 ec 08 48 8b 05 4d 1a 1a 00 48 8b 80 38 02 00 00 48 8b 35 d7 17 1a 00 "
                                  "48 39 77 08 75 39")) == ArgumentPoint{29, 0});
  // pyenv 3.12 and 3.13
  CHECK(first_argument_point(code("53 48 89 fb 66 48 8d 3d 84 67 2a 00")) == ArgumentPoint{0, 0});
  // Debian 3.14: endbr64; mov %rdi,%rsi; mov tstate,%rdi; jmp
  CHECK(first_argument_point(code("f3 0f 1e fa 48 89 fe 64 48 8b 3c 25 e8 ff ff ff e9 02 56 26 00")) ==
        ArgumentPoint{16, 1});
  // Only in a register that no argument comes in: mov %rdi,%rbx; xor %edi,%edi; push
  CHECK_FALSE(first_argument_point(code("48 89 fb 31 ff 55")));
  // There and back, then to where nobody looks: mov %rdi,%rdx; xor %rdi,%rdi; mov %rdx,%rsi; push / xor %rsi,%rsi; push
  CHECK(first_argument_point(code("48 89 fa 48 31 ff 48 89 d6 55")) == ArgumentPoint{9, 1});
  CHECK_FALSE(first_argument_point(code("48 89 fa 48 31 ff 48 31 f6 55")));
}
