// What attach and top have in common: running processes are found and measured.
#pragma once

#include "cli/live.h"

namespace loopstall {

class Attached : protected Live {
 protected:
  explicit Attached(const AttachOptions& options)
      : Live(options.measure, options.output, options.talk), names_(options.targets) {}

  Result<> find_targets();
  Result<> open_files();
  Result<> add_targets() { return measurement_->add_targets(targets_, names_); }
  Result<> report();

  const std::vector<std::string> names_;
  TargetSet targets_;
};

}  // namespace loopstall
