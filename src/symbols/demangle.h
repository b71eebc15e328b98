// Names as their programmer wrote them.
#pragma once

#include <string>

namespace loopstall {

// C++ ("_Z..."), Rust legacy ("_ZN...17h<hash>E", without the hash) and Rust v0 ("_R..."); any other name, and one that
// can not be read, is returned as it is. Suffixes that compilers add (".cold", ".llvm.123", ".part.0") are dropped.
std::string demangle(const std::string& name);

// Rust v0 alone (RFC 2603); "" if it is none.
std::string demangle_rust_v0(const std::string& name);

}  // namespace loopstall
