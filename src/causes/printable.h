// Names of files and sockets are the target's: any bytes.
#pragma once

#include <string>
#include <string_view>

namespace loopstall {

// Valid UTF-8 as it is; control characters (C0, DEL, C1) and bytes that are no UTF-8 become '?'.
std::string printable(std::string_view text);

}  // namespace loopstall
