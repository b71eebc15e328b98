#include "report/csv_text.h"

#include <fmt/format.h>

#include "report/utf8.h"

namespace loopstall {
namespace {

bool would_run(std::string_view text) { return !text.empty() && std::string_view("=+-@").find(text[0]) != text.npos; }

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

}  // namespace

CsvText& CsvText::add(std::string_view text) {
  std::string plain = clean(text);
  if (would_run(plain)) plain.insert(plain.begin(), '\'');
  return raw(plain.find_first_of(",\"") == std::string::npos ? plain : quoted(plain));
}

CsvText& CsvText::add_rounded(double value) { return raw(fmt::format("{:.6g}", value)); }

void CsvText::end_record() {
  out_ += '\n';
  first_ = true;
}

CsvText& CsvText::raw(std::string_view text) {
  if (!first_) out_ += ',';
  first_ = false;
  out_ += text;
  return *this;
}

}  // namespace loopstall
