#include "report/html_page.h"

#include "report/gzip.h"
#include "report/utf8.h"

namespace loopstall {
namespace {

std::string base64(std::string_view bytes) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i)
      group = group << 8 | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i) out += at + i <= bytes.size() ? kLetters[group >> (18 - 6 * i) & 63] : '=';
  }
  return out;
}

std::string_view escape_of(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return "";
  }
}

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    const std::string_view escape = escape_of(c);
    escape.empty() ? out += c : out += escape;
  }
  return out;
}

// The page's own source has each mark once, and before what a report puts in: nothing of a report is looked through.
std::string_view take_until(std::string_view& rest, std::string_view mark) {
  const std::size_t at = rest.find(mark);
  const std::string_view before = rest.substr(0, at);
  rest.remove_prefix(at == rest.npos ? rest.size() : at + mark.size());
  return before;
}

}  // namespace

std::string html_page(const PageSource& page, std::string_view title, std::string_view text, const Json& data) {
  std::string_view rest = page.text;
  std::string out(take_until(rest, "@TITLE@"));
  out += escaped(clean(title));
  out += take_until(rest, "@TEXT@");
  out += escaped(text);
  out += take_until(rest, "@DATA@");
  out += base64(gzip(data.dump(-1, ' ', false, Json::error_handler_t::replace)));
  return out += rest;
}

}  // namespace loopstall
