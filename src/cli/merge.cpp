#include "model/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/help_format.h"
#include "cli/parse.h"
#include "cli/talk.h"
#include "cli/verbs.h"
#include "recording/recording.h"

namespace loopstall {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".loopstall";

const char kExamples[] =
    "Loops and tasks of different recordings stay apart; their names begin with\n"
    "the recording's. Histograms are exact, also those of all loops together.\n"
    "\n"
    "Examples:\n"
    "  loopstall merge web-1.loopstall web-2.loopstall -o fleet.loopstall\n"
    "  loopstall report fleet.loopstall\n"
    "  loopstall report fleet.loopstall --sql 'SELECT * FROM all_loops'\n"
    "\n"
    "Exit codes:\n"
    "  0  done\n"
    "  1  error: one is no recording, the thresholds differ, ...\n"
    "  2  wrong usage\n";

void add_options(CLI::App& app, MergeOptions& options) {
  app.add_option("RECORDING", options.recordings, "What attach or run saved with -o FILE.loopstall; two or more")
      ->required()
      ->type_name("");
  app.add_option("-o,--output", options.output, "The merged recording, FILE.loopstall")->required()->type_name("FILE");
  app.formatter(std::make_shared<HelpFormat>());
  app.footer(kExamples);
}

bool same_file(const std::string& a, const std::string& b) {
  std::error_code error;
  return fs::equivalent(a, b, error) && !error;
}

Result<> check(const MergeOptions& options) {
  const std::vector<std::string>& paths = options.recordings;
  if (!options.output.ends_with(kEnding))
    return usage_error("-o " + options.output + ": give it the ending .loopstall");
  if (paths.size() < 2) return usage_error("merge takes two recordings or more");
  for (auto path = paths.begin(); path != paths.end(); ++path) {
    const auto same = [&](const std::string& other) { return same_file(*path, other); };
    if (same(options.output)) return usage_error("-o " + options.output + ": it is one of those to merge");
    if (std::any_of(std::next(path), paths.end(), same)) return usage_error(*path + " is given twice");
  }
  return {};
}

std::string without_ending(const std::string& path) {
  return path.ends_with(kEnding) ? path.substr(0, path.size() - kEnding.size()) : path;
}

// The file's name, or all of its path where another has the same name.
std::string name_of(const std::string& path, const std::vector<std::string>& all) {
  const auto file = [](const std::string& p) { return fs::path(without_ending(p)).filename().string(); };
  const auto same = [&](const std::string& other) { return file(other) == file(path); };
  return std::count_if(all.begin(), all.end(), same) == 1 ? file(path) : without_ending(path);
}

Result<std::vector<NamedSession>> read_all(const std::vector<std::string>& paths) {
  std::vector<NamedSession> sessions;
  for (const std::string& path : paths) {
    auto session = read_recording(path);
    if (!session) return tl::unexpected(session.error());
    sessions.push_back({name_of(path, paths), std::move(*session)});
  }
  return sessions;
}

Result<> write(const std::string& path, const Session& session) {
  auto writer = RecordingWriter::create(path);
  if (!writer) return tl::unexpected(writer.error());
  return writer->finish(session);
}

Result<> make_one(const MergeOptions& options) {
  return check(options)
      .and_then([&] { return read_all(options.recordings); })
      .and_then([](std::vector<NamedSession> sessions) { return merge(std::move(sessions)); })
      .and_then([&](const Session& merged) { return write(options.output, merged); });
}

}  // namespace

int merge_verb(const Arguments& arguments) {
  MergeOptions options;
  CLI::App app("Make one recording of several.", "loopstall merge");
  add_options(app, options);
  if (const auto code = parse(app, arguments)) return *code;
  const auto done = make_one(options);
  return done ? 0 : fail_with(done.error());
}

}  // namespace loopstall
