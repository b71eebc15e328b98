// A rule is a row of one of the tables below. The first that fits gives the advice, so the specific ones come first.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "model/evidence.h"

namespace loopstall {

// Sets of enumerators, as bits.
using CauseSet = std::uint32_t;
constexpr CauseSet causes(auto... kinds) { return ((CauseSet{1} << static_cast<unsigned>(kinds)) | ...); }

enum class Family { Python, Node, Tokio, Redis, Nginx, Native };
using FamilySet = std::uint32_t;
constexpr FamilySet families(auto... names) { return ((FamilySet{1} << static_cast<unsigned>(names)) | ...); }
constexpr FamilySet kAnyFamily = ~FamilySet{0};

struct Rule {
  std::string_view id;
  FamilySet families = kAnyFamily;
  CauseSet causes = 0;
  std::string_view syscalls;  // one of these words; "" any
  // What was on the stack inside the loop: one of these words, "" nothing is needed.
  //   py:/requests/     a Python frame that is not the user's, whose file contains this
  //   std:queue.py      a Python frame of this file of the standard library; std:json/ of this folder
  //   std:queue.py!get  the same, of this function; the class before its name does not matter
  //   fn:getaddrinfo    a native function of this name; fn:gc_collect* one that begins so; fn:*Json* contains
  //   so:_psycopg       a native frame of a file whose name begins so
  //   call              the interpreter itself made the system call (time.sleep, Lock.acquire), no extension module
  // In Python only what is inside of the culprit counts; a word that begins with "^" may be anywhere inside the loop.
  // A word that begins with "!" must not be there: "!py:/redis/asyncio/".
  std::string_view seen;
  std::string_view title, remedy, text;  // {} stands for the culprit's function
};

std::span<const Rule> machine_rules();  // need no culprit: not the code's doing, or the GIL
std::span<const Rule> python_blocking_rules();
std::span<const Rule> python_cpu_rules();
std::span<const Rule> native_rules();

}  // namespace loopstall
