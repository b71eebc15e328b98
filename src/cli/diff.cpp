#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/fd.h"
#include "base/units.h"
#include "cli/diff_options.h"
#include "cli/help_format.h"
#include "cli/parse.h"
#include "cli/talk.h"
#include "cli/verbs.h"
#include "diff/formats.h"
#include "recording/recording.h"

namespace loopstall {
namespace {

const char kExamples[] =
    "Compares each loop's own times and each task's hold times in two recordings:\n"
    "what is new, gone, worse or better, by how much, and whether that is more than\n"
    "noise (docs/diff.md). It is told what differs; loopstall check fails a build.\n"
    "\n"
    "Examples:\n"
    "  loopstall diff before.loopstall after.loopstall\n"
    "  loopstall diff before.loopstall after.loopstall -f markdown\n"
    "  loopstall diff before.loopstall after.loopstall -o diff.json\n"
    "\n"
    "Exit codes:\n"
    "  0  done, whether there is a difference or not\n"
    "  1  error: no such file, no recording, damaged, made by a newer loopstall, ...\n"
    "  2  wrong usage\n";

const DiffFormat* format_or_null(std::string_view DiffFormat::*key, std::string_view value) {
  const auto formats = diff_formats();
  const auto found = std::find_if(formats.begin(), formats.end(), [&](const DiffFormat& f) { return f.*key == value; });
  return found == formats.end() ? nullptr : &*found;
}

std::string all_of(std::string_view DiffFormat::*key) {
  std::string list;
  for (const DiffFormat& format : diff_formats()) list.append(list.empty() ? "" : ", ").append(format.*key);
  return list;
}

void take_format(DiffOptions& options, const std::string& name) {
  if (!format_or_null(&DiffFormat::name, name))
    throw CLI::ValidationError("-f", fmt::format("no format \"{}\"; there are: {}", name, all_of(&DiffFormat::name)));
  options.format = name;
}

void add_options(CLI::App& app, DiffOptions& options) {
  app.add_option("BEFORE", options.before, "A recording")->required()->type_name("");
  app.add_option("AFTER", options.after, "Another one")->required()->type_name("");
  app.add_option("-o,--output", options.file, "Save to FILE; its ending chooses the format, unless -f does")
      ->type_name("FILE");
  const auto take = [&options](const std::string& name) { take_format(options, name); };
  auto* format =
      app.add_option_function<std::string>("-f,--format", take, all_of(&DiffFormat::name) + " (default: text)")
          ->type_name("FORMAT");
  app.add_flag_callback(
         "--json", [&options] { options.format = "json"; }, "The same as -f json")
      ->excludes(format);
  add_percent(app, "--tolerance", options.tolerance.share,
              "A change of less is none, as runs of the same program differ as well (default: 20%)");
  add_duration(app, "--min-change", options.tolerance.ns, "Nor is a change of less time (default: 100us)");
  app.formatter(std::make_shared<HelpFormat>());
  app.footer(kExamples);
}

Result<const DiffFormat*> chosen_format(const DiffOptions& options) {
  if (!options.format.empty()) return format_or_null(&DiffFormat::name, options.format);
  if (options.file.empty() || options.file == "-") return format_or_null(&DiffFormat::name, "text");
  const auto dot = options.file.rfind('.');
  const std::string ending = dot == std::string::npos ? "" : options.file.substr(dot + 1);
  if (const DiffFormat* format = format_or_null(&DiffFormat::ending, ending)) return format;
  return usage_error(fmt::format("-o {}: the ending is none of {}; choose a format with -f", options.file,
                                 all_of(&DiffFormat::ending)));
}

Result<> save(const std::string& path, const std::string& text) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!fd) return system_error("cannot write " + path);
  const auto written = write_all(fd.get(), text);
  return written ? written : fail(fmt::format("cannot write {}: {}", path, written.error().message));
}

Result<> make_diff(const DiffOptions& options) {
  const auto format = chosen_format(options);
  if (!format) return tl::unexpected(format.error());
  const auto before = read_recording(options.before);
  if (!before) return tl::unexpected(before.error());
  const auto after = read_recording(options.after);
  if (!after) return tl::unexpected(after.error());
  const Summary first = summarize(*before), second = summarize(*after);
  const Comparison comparison{first, second, compare(first, second, options.tolerance)};
  const bool to_file = !options.file.empty() && options.file != "-";
  if (to_file) return save(options.file, (*format)->render(comparison, {}));
  return write_all(STDOUT_FILENO, (*format)->render(comparison, style_for(STDOUT_FILENO)));
}

}  // namespace

int diff_verb(const Arguments& arguments) {
  DiffOptions options;
  CLI::App app("Compare two recordings.", "loopstall diff");
  add_options(app, options);
  if (const auto code = parse(app, arguments)) return *code;
  const auto done = make_diff(options);
  return done ? 0 : fail_with(done.error());
}

}  // namespace loopstall
