#include "cli/help_format.h"

#include <fmt/format.h>

#include "cli/wrap.h"

namespace loopstall {
namespace {

constexpr std::size_t kDescriptionColumn = 27;
constexpr std::size_t kColumns = 80;

}  // namespace

std::string HelpFormat::make_usage(const CLI::App* app, std::string name) const {
  std::string usage = CLI::Formatter::make_usage(app, std::move(name));
  if (after_usage_.empty()) return usage;
  usage.erase(usage.find_last_not_of('\n') + 1);
  return usage + " " + after_usage_ + "\n";
}

std::string HelpFormat::make_option(const CLI::Option* option, bool is_positional) const {
  std::string left = "  " + option->get_name(is_positional, true);
  if (!option->get_type_name().empty()) left += " " + option->get_type_name();
  if (left.size() + 2 > kDescriptionColumn) left += "\n" + std::string(kDescriptionColumn, ' ');
  return fmt::format("{:<{}}{}\n", left, kDescriptionColumn,
                     wrapped(option->get_description(), kDescriptionColumn, kColumns));
}

}  // namespace loopstall
