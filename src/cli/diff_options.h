// What the command line of diff says, with the defaults in place.
#pragma once

#include <string>

#include "diff/diff.h"

namespace loopstall {

struct DiffOptions {
  std::string before, after;
  std::string file;    // "" or "-": standard output
  std::string format;  // "": the file's ending tells, or text
  Tolerance tolerance;
};

}  // namespace loopstall
