// The whole path of a file that a thread slept on, where the few names that the kernel side copied do not reach the
// root.
#pragma once

#include <optional>
#include <string>

#include "model/raw_sample.h"
#include "target/procfs.h"

namespace loopstall {

// What /proc/PID/fd/N reads now, if the descriptor still is that very file: the same inode on the same device and the
// same name at the end. nullopt if it is not, or can't be told (Linux before 5.14 has no inode in fdinfo). Asks the
// file system nothing (no stat(2)), so that a dead NFS server does not hang us.
std::optional<std::string> complete_path(const ProcFs& proc, int pid, int fd, const RawObject& object);

}  // namespace loopstall
