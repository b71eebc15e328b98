#include "cli/wrap.h"

#include <algorithm>

namespace loopstall {

std::string wrapped(std::string_view text, std::size_t indent, std::size_t columns) {
  std::string out;
  std::size_t at = indent;
  while (!text.empty()) {
    const std::size_t word = std::min(text.find_first_of(" \n"), text.size());
    const bool begins = at == indent;
    const bool fits = at + 1 + word <= columns;
    if (!begins) out += fits ? " " : "\n" + std::string(indent, ' ');
    at = begins || !fits ? indent + word : at + 1 + word;
    out += text.substr(0, word);
    text.remove_prefix(std::min(text.find_first_not_of(" \n", word), text.size()));
  }
  return out;
}

}  // namespace loopstall
