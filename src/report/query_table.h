// A query's answer, for people and for programs.
#pragma once

#include <string>

#include "base/table.h"

namespace loopstall {

// Columns in line, numbers to the right, NULL as nothing; names are cleaned.
std::string table_as_text(const Table& table);
std::string table_as_csv(const Table& table);  // as docs/exports.md has it
// An array of objects, a line each; ASCII. Columns of the same name are told apart by "_2", ...
std::string table_as_json(const Table& table);

}  // namespace loopstall
