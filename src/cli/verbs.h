// The verbs, one file each; the table of them makes the help.
#pragma once

#include <span>
#include <string_view>

#include "cli/options.h"

namespace loopstall {

struct Verb {
  std::string_view name;
  std::string_view synopsis;
  std::string_view help;
  int (*run)(const Arguments& arguments);  // what follows the verb -> exit code
};

std::span<const Verb> verbs();

int attach_verb(const Arguments& arguments);
int top_verb(const Arguments& arguments);
int run_verb(const Arguments& arguments);
int report_verb(const Arguments& arguments);
int diff_verb(const Arguments& arguments);
int check_verb(const Arguments& arguments);
int merge_verb(const Arguments& arguments);
int doctor_verb(const Arguments& arguments);

}  // namespace loopstall
