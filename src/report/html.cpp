#include "report/html_data.h"
#include "report/html_page.h"
#include "report/report.h"

namespace loopstall {

std::string render_html(const Summary& summary, const ReportStyle&) {
  constexpr unsigned kColumns = 100;
  const std::string text = render_text(summary, {.color = false, .columns = kColumns});
  return html_page(kReportPage, summary.info.target + " · loopstall", text, html_data(summary));
}

}  // namespace loopstall
