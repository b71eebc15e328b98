// What usually listens on a port or at a unix socket's path: a hint for the reader, shown in parentheses.
#pragma once

#include <cstdint>
#include <string_view>

namespace loopstall {

// "postgresql" for 5432; "" unknown.
std::string_view service_at(std::uint16_t port);
// "postgresql" for "/run/postgresql/.s.PGSQL.5432"; "" unknown.
std::string_view service_at(std::string_view unix_path);

}  // namespace loopstall
