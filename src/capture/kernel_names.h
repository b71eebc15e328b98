// Names in the kernel's type information. Looking for one takes a millisecond or two; parsing all of it takes libbpf 20
// ms of CPU, each time.
#pragma once

#include <optional>
#include <string_view>

namespace loopstall {

// Of a type, an enumerator or whatever else has a name; nullopt: that can not be read here.
std::optional<bool> kernel_has_name(std::string_view name);
// Of the event in `tp_btf/EVENT`. Where that can not be told, loading will say what is wrong.
bool kernel_has_tracepoint(std::string_view event);

}  // namespace loopstall
