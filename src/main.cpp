#include "cli/cli.h"

int main(int argc, char** argv) { return loopstall::run_cli(argc, argv); }
