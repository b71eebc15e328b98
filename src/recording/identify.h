// What a path holds, told from the first 100 bytes (SQLite's header: magic, application id, user version), so
// that every "this is no recording" has words of its own and nothing is overwritten that is not ours.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace loopstall {

// Stub: the beginning of a SQLite file, shorter than its header.
enum class FileKind { Missing, Directory, Special, Empty, Foreign, ForeignDatabase, Stub, Recording };

struct FileIdentity {
  FileKind kind = FileKind::Missing;
  std::uint32_t version = 0;  // of a recording
  std::uint64_t size = 0;
  std::uint64_t whole_size = 0;  // what the header says; more than size when the end is missing
};

// Fails when the path can not be looked at (no permission, a symlink loop).
Result<FileIdentity> identify(const std::string& path);

}  // namespace loopstall
