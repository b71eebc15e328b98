// A check's result -> bytes, one file each. Pure: what depends on where it runs is told.
#pragma once

#include <string>

#include "check/verdict.h"
#include "report/report.h"

namespace loopstall::check {

std::string render_text(const CheckResult& result, const ReportStyle& style);
std::string render_json(const CheckResult& result);
// As Jenkins, GitLab and Surefire read it: one test case a finding.
std::string render_junit(const CheckResult& result);
// For a job summary.
std::string render_markdown(const CheckResult& result);

constexpr std::size_t kAnnotations = 10;  // GitHub shows ten of a step
// Workflow commands of GitHub Actions on the culprit's line. workspace: the checked-out folder, from which file names
// are told; "" if it is not known.
std::string render_annotations(const CheckResult& result, const std::string& workspace);

// What several formats say in the same words.
std::string verdict_line(const CheckResult& result);
std::string left_out_line(const CheckResult& result);  // what own time leaves out, and the stolen time as its bound
std::string who_text(const Offender& offender);     // "load_report app.py:88: asleep in fsync, 3 times, 120 ms at most"
std::string advice_text(const Offender& offender);  // "time.sleep() → await asyncio.sleep()"; "" for none
std::vector<std::string> stack_lines(const Offender& offender);  // innermost first; names cleaned
std::vector<std::string> loop_lines(const CheckResult& result);  // "loop 4711 python3: 120 iterations, 2 stalls, ..."

}  // namespace loopstall::check
