// Where the report goes. All files are opened before anything is measured: a report that can not be saved should
// fail in the first second, not after an hour.
//
//   -o x.loopstall   the recording          -o x.json, x.txt   a report, by its ending
//   -o -             standard output        any other ending   the format of -f; without it a usage error
//
// attach and run print the report as well, unless a file has taken the format of -f; report prints it only if no file
// is named, top only if -f is given. What run prints goes to standard error, since standard output belongs to the
// command.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/late_file.h"
#include "cli/options.h"
#include "model/session.h"
#include "report/report.h"

namespace loopstall {

enum class Printing { Always, OnlyWithoutFiles, OnlyIfAsked };

struct OutputPlan {
  struct File {
    std::string path;
    const ReportFormat* format;
  };
  std::vector<File> reports;
  std::string recording;                  // "" for none
  const ReportFormat* printed = nullptr;  // implied
  bool to_stdout = false;                 // "-o -"
  const ReportFormat* chosen = nullptr;   // by -f, or text
};

Result<OutputPlan> plan_outputs(const OutputFlags& flags, Printing printing);

class Outputs {
 public:
  // Implied printing goes to printed_fd.
  static Result<Outputs> open(const OutputPlan& plan, int printed_fd);
  // Session -> Summary -> bytes, live and from a recording alike.
  Result<> publish(const Session& session);

 private:
  OutputPlan plan_;
  int printed_fd_ = 1;
  std::vector<LateFile> files_;  // of plan_.reports
};

}  // namespace loopstall
