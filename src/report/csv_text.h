// CSV as RFC 4180 has it, but for the line's end: \n. Text is cleaned, so a record is one line; and what a spreadsheet
// would run as a formula gets an apostrophe in front.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace loopstall {

class CsvText {
 public:
  CsvText& add(std::string_view text);
  CsvText& add(const char* text) { return add(std::string_view(text)); }
  CsvText& add(std::integral auto number) { return raw(std::to_string(number)); }
  CsvText& add(bool value) { return raw(value ? "1" : "0"); }
  CsvText& add_rounded(double value);  // six digits are enough of a rate
  CsvText& add_number(std::string_view digits) { return raw(digits); }
  CsvText& skip() { return raw(""); }  // not known, or there is none
  // 0 stands for not known.
  CsvText& add_line(std::uint32_t line) { return line ? add(line) : skip(); }
  void end_record();
  std::string take() { return std::move(out_); }

 private:
  CsvText& raw(std::string_view text);

  std::string out_;
  bool first_ = true;
};

}  // namespace loopstall
