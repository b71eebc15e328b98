#include "report/json_parts.h"

namespace loopstall {
namespace {

constexpr std::size_t kLineWidth = 120, kIndent = 2;

// How long it is on one line, at least; not looked at further where it is longer than a line. Most of a large report is
// in arrays and objects of which this tells soon that they do not fit.
std::size_t least_size(const Json& json) {
  if (json.is_string()) return json.get_ref<const std::string&>().size() + 2;
  std::size_t size = json.is_structured() ? 2 : 1;
  if (json.is_structured())
    for (auto it = json.begin(); it != json.end() && size <= kLineWidth; ++it)
      size += least_size(*it) + (json.is_object() ? it.key().size() + 3 : 0);
  return size;
}

// False: it does not fit on what is left of a line.
bool append_flat(std::string& out, const Json& json, std::size_t indent) {
  if (json.is_structured() && indent + least_size(json) > kLineWidth) return false;
  const std::string flat = one_line(json);
  if (json.is_structured() && indent + flat.size() > kLineWidth) return false;
  out += flat;
  return true;
}

void append(std::string& out, const Json& json, std::size_t indent) {
  if (append_flat(out, json, indent)) return;
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
