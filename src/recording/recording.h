// A recording is one SQLite file that holds a Session; its schema is documented in docs/recording.md.
//
// While a session runs, Writer::flush stores what changed since the last flush, on a thread of the writer's
// own: a commit must never delay the thread that drains the kernel's ring (one took 31 ms here). synchronous is OFF
// (safe against SIGKILL, not against power loss). WAL, checkpointed at every flush, so that the main file alone
// is whole up to two seconds before a SIGKILL; finish() turns the file into a plain rollback-journal database
// without side files.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "model/session.h"

namespace loopstall {

class RecordingWriter {
 public:
  // Creates the file with mode 0600; an existing recording is replaced, any other existing file is refused.
  static Result<RecordingWriter> create(const std::string& path);
  RecordingWriter(RecordingWriter&&) noexcept;
  RecordingWriter& operator=(RecordingWriter&&) noexcept;
  ~RecordingWriter();

  // Copies what it needs and returns at once; the first failure is reported by finish().
  void flush(const Session& session);
  // Stores the final state and closes the file.
  Result<> finish(const Session& session);

 private:
  struct Impl;
  explicit RecordingWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Reads a recording, also a read-only one, one without its side files, and one that was cut off by SIGKILL.
// Says clearly: not there, a directory, not a recording, truncated or damaged, made by a newer loopstall.
Result<Session> read_recording(const std::string& path);

}  // namespace loopstall
