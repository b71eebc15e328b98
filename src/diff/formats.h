// Diff -> bytes. Each format is one file and one row of the table.
#pragma once

#include <span>

#include "diff/diff.h"
#include "report/report.h"

namespace loopstall {

struct Comparison {
  const Summary &before, &after;
  Diff diff;
};

struct DiffFormat {
  std::string_view name, ending;
  std::string (*render)(const Comparison&, const ReportStyle&);
};

std::span<const DiffFormat> diff_formats();

std::string render_diff_text(const Comparison& comparison, const ReportStyle& style);
std::string render_diff_json(const Comparison& comparison, const ReportStyle& style);
std::string render_diff_markdown(const Comparison& comparison, const ReportStyle& style);
std::string render_diff_html(const Comparison& comparison, const ReportStyle& style);

}  // namespace loopstall
