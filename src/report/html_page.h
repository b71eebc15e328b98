// A page of one file: what cmake/MakeHtmlPage.cmake made of src/report/html/, with a report's data in it.
#pragma once

#include <string>
#include <string_view>

#include "report/json_parts.h"

namespace loopstall {

struct PageSource {
  std::string_view text;
};

extern const PageSource kReportPage, kDiffPage;

// text: the same report for readers whose browser runs no scripts. Names of the target's may be in all three: title and
// text are escaped, data goes in as compressed bytes in base64, in which no name can end an element.
std::string html_page(const PageSource& page, std::string_view title, std::string_view text, const Json& data);

}  // namespace loopstall
