#include "model/request.h"

#include <array>

namespace loopstall {
namespace {

constexpr auto kNames = std::to_array<std::string_view>({"other", "http", "redis"});

}  // namespace

std::string_view protocol_name(Protocol protocol) { return kNames.at(static_cast<std::size_t>(protocol)); }

Protocol protocol_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<Protocol>(i);
  return Protocol::Other;
}

std::string_view method_of(const RequestName& name) {
  return name.protocol == Protocol::Http ? std::string_view(name.text).substr(0, name.text.find(' ')) : "";
}

std::string_view path_of(const RequestName& name) {
  const auto space = name.text.find(' ');
  const bool has_one = name.protocol == Protocol::Http && space != std::string::npos;
  return has_one ? std::string_view(name.text).substr(space + 1) : "";
}

RequestReads& RequestReads::operator+=(const RequestReads& o) {
  measured |= o.measured;
  encrypted += o.encrypted;
  not_told += o.not_told;
  return *this;
}

RequestReads& RequestReads::operator-=(const RequestReads& o) {
  encrypted -= o.encrypted;
  not_told -= o.not_told;
  return *this;
}

}  // namespace loopstall
