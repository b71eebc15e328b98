// A file that is whole at every instant. There are two images: one has the recording's name and is not touched;
// the other, NAME-next, is brought up to date, and then the two exchange names in one atomic system call. So
// however loopstall dies, NAME is the state of the last flush, and it needs no journal, no -wal and no repair.
//
// Rejected: WAL with a checkpoint at each flush. A checkpoint writes pages in place, so a SIGKILL within it leaves
// a main file that is torn unless the -wal file is copied with it. The price of the pair is that each change is
// written twice, and twice the space until finish().
#pragma once

#include "recording/image.h"

namespace loopstall {

class ImagePair {
 public:
  static Result<ImagePair> create(const std::string& path);

  // False: a reader holds the file, try again.
  Result<bool> store(const Snapshot& snapshot);
  // What both images hold: a snapshot may leave it out.
  TimelineMarks stored() const { return common(current_.marks(), next_.marks()); }
  // Puts the current image on the disk and removes the other.
  Result<> close();
  void remove_next();

 private:
  ImagePair(std::string path, Image current, Image next);

  std::string path_;
  Image current_, next_;
};

}  // namespace loopstall
