// One SQLite file and what it holds: store() brings it up to date with a snapshot, writing only what changed.
// There is no journal, for an image is never written to while it has the recording's name (see writer.cpp): one
// that was interrupted in the middle is thrown away.
#pragma once

#include <string>

#include "base/fd.h"
#include "recording/inserts.h"
#include "recording/snapshot.h"
#include "recording/sqlite.h"

namespace loopstall {

class Image {
 public:
  // Creates the file anew, mode 0600, with an empty recording in it.
  static Result<Image> create(const std::string& path);

  // False: somebody is reading the file, nothing was written; try again.
  Result<bool> store(const Snapshot& snapshot);
  const TimelineMarks& marks() const { return stored_.timelines; }
  Result<> sync();  // to the disk

 private:
  Image(Fd lock, Database db, Inserts inserts);

  Fd lock_;  // outlives db_: closing any descriptor of a file drops SQLite's locks on it
  Database db_;
  Inserts inserts_;
  Stored stored_;
};

// Whether a living loopstall writes to this file.
bool is_being_written(const std::string& path);

}  // namespace loopstall
