// CLI11 is met only behind this header: options that several verbs share, and one way to end on --help or a mistake.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "cli/options.h"

namespace loopstall {

void add_measure_options(CLI::App& app, MeasureFlags& flags);
enum class Saves { Reports, RecordingAndReports };
void add_output_options(CLI::App& app, OutputFlags& flags, Saves saves);
void add_talk_options(CLI::App& app, TalkFlags& flags);

// "2%", "0.5" -> 0.02, 0.005.
CLI::Option* add_percent(CLI::App& app, const std::string& flag, double& share, const std::string& help);
CLI::Option* add_duration(CLI::App& app, const std::string& flag, std::uint64_t& ns, const std::string& help);

// nullopt: go on. Otherwise help or the mistake was printed, and this is the exit code.
std::optional<int> parse(CLI::App& app, Arguments arguments, int usage_exit_code = 2);

}  // namespace loopstall
