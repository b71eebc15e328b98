#include "report/text_canvas.h"

#include <algorithm>

#include "report/utf8.h"

namespace loopstall {
namespace {

std::string_view escape(Ink ink) {
  switch (ink) {
    case Ink::Plain:
      return "";
    case Ink::Dim:
      return "\033[2m";
    case Ink::Bold:
      return "\033[1m";
    case Ink::Good:
      return "\033[1;32m";
    case Ink::Warn:
      return "\033[33m";
    case Ink::Bad:
      return "\033[1;31m";
    case Ink::User:
      return "\033[32m";
    case Ink::Kernel:
      return "\033[36m";
    case Ink::Blocked:
      return "\033[33m";
    case Ink::RunQueue:
      return "\033[35m";
  }
  return "";
}

constexpr std::string_view kNoBreakSpace = "\u00a0";

std::string with_plain_spaces(std::string_view text) {
  std::string out(text);
  for (std::size_t at = 0; (at = out.find(kNoBreakSpace, at)) != std::string::npos;)
    out.replace(at, kNoBreakSpace.size(), " ");
  return out;
}

}  // namespace

std::string unbroken(std::string_view text) {
  std::string out;
  for (char c : text) c == ' ' ? out += kNoBreakSpace : out += c;
  return out;
}

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  while (times-- > 0) out += text;
  return out;
}

Line& Line::add(std::string_view text, Ink ink) {
  if (text.empty()) return *this;
  if (!spans_.empty() && spans_.back().ink == ink) {
    spans_.back().text += text;
  } else {
    spans_.push_back({std::string(text), ink});
  }
  width_ += display_columns(text);
  return *this;
}

Line& Line::column(unsigned column) { return add(std::string(column > width_ ? column - width_ : 0, ' ')); }

Line& Line::right(std::string_view text, unsigned end, Ink ink) {
  const unsigned columns = display_columns(text);
  return column(end > columns ? end - columns : 0).add(text, ink);
}

// Spaces at the end stay outside of the colour, where line() finds and drops them.
void Canvas::paint(std::string_view text, Ink ink) {
  const std::size_t end = text.find_last_not_of(' ') + 1;
  if (!style_.color || ink == Ink::Plain || end == 0) {
    out_ += text;
    return;
  }
  out_.append(escape(ink)).append(text.substr(0, end)).append("\033[0m").append(text.substr(end));
}

void Canvas::line(const Line& line) {
  unsigned left = columns();
  for (const Line::Span& span : line.spans_) {
    const std::string fitting = cut(span.text, left);
    paint(with_plain_spaces(fitting), span.ink);
    left -= display_columns(fitting);
  }
  out_.erase(out_.find_last_not_of(' ') + 1);
  out_ += '\n';
}

void Canvas::blank() {
  if (!out_.empty() && !out_.ends_with("\n\n")) out_ += '\n';
}

void Canvas::heading(std::string_view left, std::string_view right) {
  constexpr unsigned kRules = 10;  // "━━ ", " ", at least one rule, " ", " ━━" and what cut() may add
  const unsigned room = columns() > kRules ? columns() - kRules : 0;
  const std::string first = cut(left, room), second = cut(right, room - display_columns(first));
  const unsigned tail = second.empty() ? 0 : display_columns(second) + 4;
  Line heading;
  heading.add("━━ ", Ink::Dim).add(first, Ink::Bold).add(" ");
  const unsigned used = heading.width() + tail;
  heading.add(repeat("━", columns() > used ? columns() - used : 0), Ink::Dim);
  if (!second.empty()) heading.add(" ").add(second).add(" ").add("━━", Ink::Dim);
  blank();
  line(heading);
}

void Canvas::paragraph(std::string_view text, unsigned indent, unsigned hang, Ink ink) {
  Line current;
  current.column(indent);
  bool empty = true;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (!empty && current.width() + 1 + display_columns(word) > columns()) {
      line(current);
      current = Line().column(hang);
      empty = true;
    }
    current.add(empty ? "" : " ", ink).add(word, ink);
    empty = false;
  }
  line(current);
}

}  // namespace loopstall
