// Summary -> bytes. Each format is one file and one row of the table; --help and docs derive from the table.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/summary.h"

namespace loopstall {

struct ReportStyle {
  bool color = false;
  unsigned columns = 80;
};

struct ReportFormat {
  std::string_view name;    // -f NAME
  std::string_view ending;  // "-o x.ENDING" chooses it; "" if none
  std::string_view help;
  std::string (*render)(const Summary&, const ReportStyle&);
};

std::span<const ReportFormat> report_formats();
const ReportFormat* find_format(std::string_view name);
const ReportFormat* format_for_path(std::string_view path);  // by its ending

std::string render_text(const Summary& summary, const ReportStyle& style);
std::string render_json(const Summary& summary, const ReportStyle& style);
std::string render_folded(const Summary& summary, const ReportStyle& style);
std::string render_speedscope(const Summary& summary, const ReportStyle& style);
std::string render_perfetto(const Summary& summary, const ReportStyle& style);
std::string render_pprof(const Summary& summary, const ReportStyle& style);
std::string render_openmetrics(const Summary& summary, const ReportStyle& style);
std::string render_csv_stalls(const Summary& summary, const ReportStyle& style);
std::string render_csv_tasks(const Summary& summary, const ReportStyle& style);
std::string render_csv_requests(const Summary& summary, const ReportStyle& style);
std::string render_html(const Summary& summary, const ReportStyle& style);

}  // namespace loopstall
