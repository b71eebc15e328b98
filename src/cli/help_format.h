// CLI11's own help runs past 80 columns and explains its own mechanics ("Excludes: --json").
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace loopstall {

class HelpFormat : public CLI::Formatter {
 public:
  // after_usage: what CLI11 does not know about, as "-- COMMAND...".
  explicit HelpFormat(std::string after_usage = {}) : after_usage_(std::move(after_usage)) {}
  std::string make_usage(const CLI::App* app, std::string name) const override;
  std::string make_option(const CLI::Option* option, bool is_positional) const override;

 private:
  std::string after_usage_;
};

}  // namespace loopstall
