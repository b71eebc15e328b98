// What the sections of the text report draw on: lines of coloured spans, measured in terminal columns. A line that
// would be too wide is cut here, so that no section can break the promise of ReportStyle::columns.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "report/report.h"

namespace loopstall {

enum class Ink { Plain, Dim, Bold, Good, Warn, Bad, User, Kernel, Blocked, RunQueue };

class Line {
 public:
  Line& add(std::string_view text, Ink ink = Ink::Plain);
  Line& column(unsigned column);                                              // spaces up to that column
  Line& right(std::string_view text, unsigned column, Ink ink = Ink::Plain);  // so that it ends at that column
  unsigned width() const { return width_; }

 private:
  friend class Canvas;
  struct Span {
    std::string text;
    Ink ink;
  };
  std::vector<Span> spans_;
  unsigned width_ = 0;
};

class Canvas {
 public:
  explicit Canvas(const ReportStyle& style) : style_(style) {}

  unsigned columns() const { return style_.columns; }
  void line(const Line& line);
  void blank();  // never two in a row
  // ━━ left ━━━━━━━━━━━━━━━━━ right ━━   where there is not room for both, the right one is cut.
  void heading(std::string_view left, std::string_view right = "");
  // Words, broken at spaces but not inside unbroken(); the lines after the first are indented to `hang`.
  void paragraph(std::string_view text, unsigned indent, unsigned hang, Ink ink = Ink::Plain);
  std::string take() { return std::move(out_); }

 private:
  void paint(std::string_view text, Ink ink);
  ReportStyle style_;
  std::string out_;
};

// Keeps "80.0 ms" on one line of a paragraph.
std::string unbroken(std::string_view text);

// Repeats a character that may be several bytes long.
std::string repeat(std::string_view text, std::size_t times);

}  // namespace loopstall
