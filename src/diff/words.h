// What is said of a difference, for people; names are cleaned (report/utf8.h).
#pragma once

#include "diff/diff.h"

namespace loopstall {

std::string name_of(const Item& item);   // "get_report app.py:12", "uvicorn"
std::string about(const Item& item);     // "callback · in run_asgi httptools_impl.py:408"; may be ""
std::string how_much(const Item& item);  // "p50 +61 %, mean +58 %"; why it was not tested; "" if it is the same
// "blame 23.1 ms → 4.01 ms a second": what sockets waited, before and after; "" if neither session knows.
std::string waiting_text(const Item& item);
std::string_view name_of(const Change& change);  // "own mean"
std::string change_text(const Change& change);   // "+61 %", "x12"

// "worse: get_report app.py:12 (p50 +61 %)"; what to know if only one line is read.
std::string verdict_text(const Diff& diff);
std::string_view verdict_mark(const Diff& diff);  // "✗"
// What was tested, and how.
std::string method_text(const Diff& diff);

}  // namespace loopstall
