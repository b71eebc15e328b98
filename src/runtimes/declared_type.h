// Types and functions that an extension module declares, found by their name in its data, for no symbol leads there. In
// a PyTypeObject and a PyType_Spec the size of its objects comes right after the name, in a PyMethodDef the function.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "runtimes/cpython_memory.h"
#include "runtimes/python_image.h"

namespace loopstall {

// The sizes of objects of types with that full name, "_asyncio.Task": one, if it is there. `mappings` are those of one
// file; of a larger one only the first 32 MiB are looked at.
std::vector<std::int32_t> declared_basicsizes(const TargetMemory& memory, std::span<const FileMapping> mappings,
                                              std::string_view name);
// The functions of PyMethodDefs of that name and those flags.
std::vector<std::uint64_t> declared_functions(const TargetMemory& memory, std::span<const FileMapping> mappings,
                                              std::string_view name, std::int32_t flags);

}  // namespace loopstall
