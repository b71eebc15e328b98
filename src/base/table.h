// Rows of values with named columns: what a query gives.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace loopstall {

using Cell = std::variant<std::monostate, std::int64_t, double, std::string>;  // monostate: NULL

struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<Cell>> rows;
};

}  // namespace loopstall
