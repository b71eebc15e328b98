// A recording is one SQLite file that holds a Session; its schema is documented in docs/recording.md.
//
// While a session runs, RecordingWriter::flush stores what changed since the last flush, on a thread of the writer's
// own: a commit must never delay the thread that drains the kernel's ring (one took 31 ms here). The file is whole at
// every instant, without side files: each flush goes to a second file, NAME-next, and then the two exchange names (see
// image_pair.h). So a SIGKILL loses what came after the last flush that was stored, and leaves NAME-next behind.
// finish() removes it.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "model/session.h"

namespace loopstall {

class RecordingWriter {
 public:
  // Creates the file with mode 0600; an existing recording or empty file is replaced, any other existing file is
  // refused, and so is one that another loopstall is recording to. Fails before anything is measured.
  static Result<RecordingWriter> create(const std::string& path);
  RecordingWriter(RecordingWriter&&) noexcept;
  RecordingWriter& operator=(RecordingWriter&&) noexcept;
  ~RecordingWriter();

  // Copies what it needs and returns at once; the first failure is reported by finish(). If the writer is still at
  // the last one, the newest state wins.
  void flush(const Session& session);
  // Stores the final state and closes the file.
  Result<> finish(const Session& session);

 private:
  struct Impl;
  explicit RecordingWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Reads a recording, also a read-only one, one that is still being written, and one that was cut off by SIGKILL: then
// a note in the session says so. A finished one gives exactly the session that was stored.
// Says clearly: not there, a directory, not a recording, truncated or damaged, made by a newer loopstall.
Result<Session> read_recording(const std::string& path);

}  // namespace loopstall
