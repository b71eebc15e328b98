// Names are in the target's hands: they may hold anything, and each format has signs that end a name.
#pragma once

#include <string>
#include <string_view>

namespace loopstall::check {

std::string xml_text(std::string_view text);           // for elements and attributes; what XML can not hold is U+FFFD
std::string markdown_text(std::string_view text);      // on one line, also within a table
std::string markdown_code(std::string_view text);      // `text`, whatever it holds
std::string workflow_data(std::string_view text);      // after "::" of a workflow command
std::string workflow_property(std::string_view text);  // a value before it

}  // namespace loopstall::check
