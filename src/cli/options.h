// What the command line says, as plain values with the defaults in place.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "session/task_budget.h"

namespace loopstall {

using Arguments = std::vector<std::string>;

struct MeasureFlags {
  std::uint64_t threshold_ns = 10'000'000;
  std::optional<std::uint64_t> duration_ns;
  std::optional<std::uint64_t> evidence_after_ns;  // the threshold unless told
  bool no_evidence = false;
  TaskBudgetOptions tasks;
  bool queue_delay = false;
  bool requests = false;
  bool no_follow = false;
  std::string on_stall;  // "": no command
  std::string trace_iterations;
};

struct OutputFlags {
  std::vector<std::string> files;
  std::string format;  // "" when neither -f nor --json was given
};

struct TalkFlags {
  bool quiet = false;
  bool verbose = false;
};

struct AttachOptions {
  std::vector<std::string> targets;
  MeasureFlags measure;
  OutputFlags output;
  TalkFlags talk;
};

struct RunOptions {
  std::vector<std::string> command;
  MeasureFlags measure;
  OutputFlags output;
  TalkFlags talk;
};

struct ReportOptions {
  std::string recording;
  std::string sql;  // "": a report
  OutputFlags output;
};

struct CheckOptions {
  std::vector<std::string> subjects;  // recordings, or targets
  std::vector<std::string> command;
  std::vector<std::string> budgets, rules;
  std::string baseline, save_baseline;
  std::string load;  // a shell command; "" for none
  std::optional<std::uint16_t> ready_port;
  std::optional<std::uint64_t> ready_after_ns;
  std::uint64_t ready_limit_ns = 60'000'000'000;
  std::uint64_t warmup_ns = 0;
  unsigned runs = 1;
  std::string inconclusive;  // "" unless told
  bool ignore_status = false;
  std::string junit, markdown;
  bool json = false;
  std::optional<std::uint64_t> threshold_ns;  // measure.threshold_ns is that of the evidence
  MeasureFlags measure;
  OutputFlags output;
  TalkFlags talk;
};

struct MergeOptions {
  std::vector<std::string> recordings;
  std::string output;
};

struct DoctorOptions {
  std::string target;  // "" for the machine alone
  bool json = false;
};

}  // namespace loopstall
