#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "check/baseline.h"

namespace loopstall::check {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kFormat = "baseline/1";
// Sorts behind every name, since what is not ASCII is escaped.
constexpr std::string_view kLast = "~";

// Three digits: more are noise, and would make a difference in each commit.
std::uint64_t rounded(double ns) {
  if (ns < 1000) return static_cast<std::uint64_t>(std::llround(std::max(ns, 0.0)));
  const double scale = std::pow(10, std::floor(std::log10(ns)) - 2);
  return static_cast<std::uint64_t>(std::llround(std::round(ns / scale) * scale));
}

std::string json_text(std::string_view text) {
  return Json(std::string(text)).dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::string entry(const Recorded& recorded) {
  return fmt::format("{{\n      \"value_ns\": {},\n      \"error_ns\": {},\n      \"blocks\": {}\n    }}",
                     rounded(recorded.value), rounded(recorded.error), recorded.blocks);
}
std::string entry(std::uint64_t ns) {
  return fmt::format("{{\n      \"worst_own_ns\": {}\n    }}", rounded(static_cast<double>(ns)));
}

template <class T>
std::string object(std::string_view name, const std::map<std::string, T>& entries) {
  std::string text = fmt::format("  {}: {{\n", json_text(name));
  for (const auto& [key, value] : entries) text += fmt::format("    {}: {},\n", json_text(key), entry(value));
  return text + fmt::format("    {}: {{}}\n  }}", json_text(kLast));
}

std::optional<double> number(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_number()) return std::nullopt;
  const auto value = found->get<double>();
  return value >= 0 && value < 1e18 ? std::optional(value) : std::nullopt;
}

bool read(const Json& json, Recorded& recorded) {
  const auto value = number(json, "value_ns"), error = number(json, "error_ns"), blocks = number(json, "blocks");
  if (!value || !error || !blocks) return false;
  recorded = {*value, *error, static_cast<std::size_t>(*blocks)};
  return true;
}
bool read(const Json& json, std::uint64_t& ns) {
  const auto value = number(json, "worst_own_ns");
  ns = static_cast<std::uint64_t>(value.value_or(0));
  return value.has_value();
}

// The name of what is wrong; "" if nothing is.
template <class T>
std::string read_object(const Json& json, const char* name, std::map<std::string, T>& entries) {
  const auto object = json.find(name);
  if (object == json.end() || !object->is_object()) return name;
  for (const auto& [key, value] : object->items()) {
    if (key == kLast) continue;
    if (!value.is_object() || !read(value, entries[key])) return fmt::format("{}, {}", name, key);
  }
  return "";
}

tl::unexpected<Error> damaged(const std::string& name, const std::string& what) {
  return fail(fmt::format("{} is no baseline: {}\n  loopstall check --save-baseline makes one", name, what));
}

}  // namespace

std::string render_baseline(const Baseline& baseline) {
  return fmt::format("{{\n  \"loopstall\": \"{}\",\n  \"evidence_ns\": {},\n{},\n{},\n{}\n}}\n", kFormat,
                     baseline.evidence_ns, object("culprits", baseline.culprits),
                     object("iterations", baseline.iterations), object("tasks", baseline.tasks));
}

Result<Baseline> parse_baseline(std::string_view text, const std::string& name) {
  if (text.find("<<<<<<< ") != std::string_view::npos) return damaged(name, "it has git's conflict marks");
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return damaged(name, "it is not a JSON object");
  const auto format = json.find("loopstall");
  if (format == json.end() || *format != kFormat)
    return damaged(name, fmt::format("\"loopstall\" is not \"{}\": this loopstall reads no other", kFormat));
  Baseline baseline;
  baseline.evidence_ns = static_cast<std::uint64_t>(number(json, "evidence_ns").value_or(0));
  for (const std::string& wrong :
       {read_object(json, "culprits", baseline.culprits), read_object(json, "iterations", baseline.iterations),
        read_object(json, "tasks", baseline.tasks)})
    if (!wrong.empty()) return damaged(name, "something is missing or wrong in " + wrong);
  return baseline;
}

}  // namespace loopstall::check
