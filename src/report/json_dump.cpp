#include "report/json_parts.h"

namespace loopstall {
namespace {

constexpr std::size_t kLineWidth = 120, kIndent = 2;

void append(std::string& out, const Json& json, std::size_t indent) {
  const std::string flat = one_line(json);
  if (!json.is_structured() || indent + flat.size() <= kLineWidth) {
    out += flat;
    return;
  }
  out += json.is_object() ? "{" : "[";
  std::string_view separator = "\n";
  for (const auto& [key, value] : json.items()) {
    out.append(separator).append(indent + kIndent, ' ');
    if (json.is_object()) out += one_line(key) + ": ";
    append(out, value, indent + kIndent);
    separator = ",\n";
  }
  out.append("\n").append(indent, ' ').append(json.is_object() ? "}" : "]");
}

}  // namespace

std::string one_line(const Json& json) { return json.dump(-1, ' ', true, Json::error_handler_t::replace); }

std::string dump(const Json& json) {
  std::string out;
  append(out, json, 0);
  return out;
}

}  // namespace loopstall
