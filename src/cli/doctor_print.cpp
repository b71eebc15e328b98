#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "cli/doctor_checks.h"
#include "cli/wrap.h"

namespace loopstall {
namespace {

constexpr std::size_t kWidestName = 34;

struct Mark {
  std::string_view sign, color;
};

Mark mark_of(const Probe& check) {
  if (check.ok) return {"✓", "32"};
  return check.required ? Mark{"✗", "31"} : Mark{"–", "33"};
}

std::string painted(const Mark& mark, bool color) {
  return color ? fmt::format("\x1b[{}m{}\x1b[0m", mark.color, mark.sign) : std::string(mark.sign);
}

std::size_t name_width(const Checks& checks) {
  std::size_t width = 0;
  for (const Probe& check : checks) width = std::max(width, check.name.size());
  return std::min(width, kWidestName);
}

std::string verdict(const Diagnosis& diagnosis) {
  if (diagnosis.ok()) return fmt::format("attach would work; tier: {}\n", diagnosis.tier());
  return "attach would not work: see the lines marked ✗\n";
}

}  // namespace

std::string doctor_text(const Diagnosis& diagnosis, const ReportStyle& style) {
  const std::size_t width = name_width(diagnosis.checks);
  std::string text;
  for (const Probe& check : diagnosis.checks)
    text += fmt::format("{} {:<{}}  {}\n", painted(mark_of(check), style.color), check.name, width,
                        wrapped(check.detail, width + 4, style.columns));
  return text + "\n" + verdict(diagnosis);
}

std::string doctor_json(const Diagnosis& diagnosis) {
  using Json = nlohmann::ordered_json;
  Json checks = Json::array();
  for (const Probe& c : diagnosis.checks)
    checks.push_back({{"name", c.name}, {"ok", c.ok}, {"required", c.required}, {"detail", c.detail}});
  const Json tier = diagnosis.ok() ? Json(diagnosis.tier()) : Json();
  const Json all = {{"schema", "loopstall.doctor/1"}, {"checks", checks}, {"tier", tier}, {"ok", diagnosis.ok()}};
  return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace loopstall
