// What a syscall slept on, as text for a reader.
#pragma once

#include <string>

#include "model/raw_sample.h"

namespace loopstall {

// "tcp 127.0.0.1:5432 (postgresql)", "udp [::1]:53 (dns)", "unix /run/x.sock", "unix @abstract", a file's path, "pipe",
// "eventfd"; "" when nothing is known. A socket without a peer shows its own address: "tcp local 0.0.0.0:8000".
std::string object_text(const RawObject& object);

// "/var/lib/app/db.sqlite"; ".../app/db.sqlite" when the names do not reach up to the root.
std::string path_text(const RawObject& object);

}  // namespace loopstall
