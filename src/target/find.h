// The three ways to name a target. Each returns at least one process, or an error with the next step.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "target/family.h"
#include "target/target.h"

namespace loopstall {

struct Found {
  std::vector<ProcessInfo> processes;
  std::vector<ProcessInfo> spawners;  // see TargetSet
  std::string label;                  // what to call them: "uvicorn", ":8000 uvicorn"
};

Result<Found> find_by_pid(const ProcFs& proc, std::string_view text);
Result<Found> find_by_name(const ProcFs& proc, std::string_view name);
Result<Found> find_by_port(const ProcFs& proc, std::string_view port);  // without the colon

// Every name that a process answers to: comm, executable, argv[0], and for an interpreter its script or module.
std::vector<std::string> names_of(const ProcessInfo& process);
// The most telling of them: the script or module, else comm.
std::string label_of(const ProcessInfo& process);

}  // namespace loopstall
