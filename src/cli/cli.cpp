#include "cli/cli.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "cli/talk.h"
#include "cli/verbs.h"

namespace loopstall {
namespace {

constexpr std::array<Verb, 8> kVerbs = {{
    {"attach", "attach TARGET...", "measure running processes: a pid, a name, or :PORT", attach_verb},
    {"top", "top TARGET...", "watch running processes, live on the whole screen", top_verb},
    {"run", "run [options] -- COMMAND...", "start a command and measure it; keep its exit status", run_verb},
    {"report", "report RECORDING", "make a report from a recording", report_verb},
    {"diff", "diff BEFORE AFTER", "compare two recordings: what is worse, and is it noise", diff_verb},
    {"check", "check [options] WHAT", "judge rules and a baseline, for CI: a verdict", check_verb},
    {"merge", "merge RECORDING... -o FILE", "make one recording of several: workers, hosts, runs", merge_verb},
    {"doctor", "doctor [PID]", "say what this machine, user and target allow", doctor_verb},
}};

std::string help() {
  std::string text = "loopstall: what stalls the event loop of a running server\n\nUsage:\n";
  for (const Verb& verb : kVerbs) text += fmt::format("  loopstall {:<29}{}\n", verb.synopsis, verb.help);
  return text +
         "\nEach verb has its own --help. loopstall --version tells the version; man loopstall has it all.\n"
         "\nExamples:\n"
         "  sudo loopstall attach :8000 -d 10s\n"
         "  sudo loopstall top uvicorn\n"
         "  sudo loopstall run -- python3 server.py\n"
         "  sudo loopstall doctor\n"
         "\nExit codes:\n"
         "  0 done   1 error   2 wrong usage   3 could not measure   (run: the command's own, or 125-127)\n"
         "  check also: 4 broken   5 inconclusive\n";
}

int usage_mistake(const std::string& mistake) {
  complain(mistake + "\n  see loopstall --help");
  return static_cast<int>(ExitCode::Usage);
}

int run_named(std::string_view name, const Arguments& arguments) {
  const auto verb = std::find_if(kVerbs.begin(), kVerbs.end(), [&](const Verb& v) { return v.name == name; });
  if (verb == kVerbs.end()) return usage_mistake(fmt::format("no verb \"{}\"", name));
  return verb->run(arguments);
}

}  // namespace

std::span<const Verb> verbs() { return kVerbs; }

int run_cli(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader that has gone is an error of write()
  if (argc < 2) return usage_mistake("no verb");
  const std::string_view first = argv[1];
  if (first == "--version" || first == "-V") return print("loopstall " LOOPSTALL_VERSION "\n");
  if (first == "--help" || first == "-h" || first == "help") return print(help());
  return run_named(first, Arguments(argv + 2, argv + argc));
}

}  // namespace loopstall
