// Names in the kernel's type information. Looking for one takes a millisecond or two; parsing all of it takes libbpf 20
// ms of CPU, each time.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace loopstall {

// Of a type, an enumerator or whatever else has a name; nullopt: that can not be read here.
std::optional<bool> kernel_has_name(std::string_view name);
// The first of the events, as in `tp_btf/EVENT`, that there is not. Where that can not be told, loading will say what
// is wrong.
std::optional<std::string_view> missing_tracepoint(std::span<const std::string_view> events);

}  // namespace loopstall
