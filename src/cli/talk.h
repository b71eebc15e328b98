// Data goes to standard output, talk with people to standard error.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "report/report.h"

namespace loopstall {

// Succeeds quietly when the reader has gone: head(1) got what it wanted.
Result<> write_all(int fd, std::string_view bytes);
int print(std::string_view text);         // standard output; 0, or the exit code if it could not be written
void say(std::string_view text);          // "loopstall: text"
void complain(std::string_view mistake);  // the same, in front of a failure
int fail_with(const Error& error);        // complains; its exit code

// TERM is not set, or says that the terminal knows no escape sequences.
bool is_dumb_terminal();

// Colour and width for what is printed to fd.
ReportStyle style_for(int fd);

}  // namespace loopstall
