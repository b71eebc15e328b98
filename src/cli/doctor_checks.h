// What doctor looks at. Capture tries the loads; here is what can be read: this user, this machine, one target.
#pragma once

#include <string>
#include <vector>

#include "capture/capture.h"
#include "report/report.h"

namespace loopstall {

using Checks = std::vector<Probe>;

struct Diagnosis {
  Checks checks;
  bool ok() const;                // attach would work
  std::string_view tier() const;  // "" if none
};

Diagnosis diagnose(const std::string& target);
std::string doctor_text(const Diagnosis& diagnosis, const ReportStyle& style);
std::string doctor_json(const Diagnosis& diagnosis);

void add_machine_checks(Checks& checks);
void add_permission_checks(Checks& checks);
void add_container_checks(Checks& checks);
void add_target_checks(Checks& checks, const std::string& target);

}  // namespace loopstall
