// The writer's thread: takes the newest snapshot that was handed over and stores it.
#include <fmt/format.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>

#include "recording/identify.h"
#include "recording/image_pair.h"
#include "recording/recording.h"

namespace loopstall {
namespace {

constexpr int kMostLinks = 40;    // as the kernel has it
constexpr int kFinishTries = 20;  // of 250 ms each, while somebody reads the recording

// A recording is replaced, an empty file (mktemp's) is ours to fill, anything else stays.
Result<> may_replace(const std::string& path) {
  Result<FileIdentity> found = identify(path);
  if (!found) return tl::unexpected(found.error());
  if (found->kind == FileKind::Directory) return fail("it is a directory; give a file name");
  if (found->kind == FileKind::Special) return fail("it is not a regular file");
  if (found->kind != FileKind::Missing && found->kind != FileKind::Empty && found->kind != FileKind::Recording)
    return fail("the file exists and is not a loopstall recording; remove it or choose another name");
  if (is_being_written(path)) return fail("another loopstall is recording to it");
  return {};
}

// Through symlinks: it is the file they lead to that is made or replaced.
std::string resolved(const std::string& path) {
  std::filesystem::path file = path;
  std::error_code error;
  for (int links = 0; links < kMostLinks && std::filesystem::is_symlink(file, error); ++links)
    file = file.parent_path() / std::filesystem::read_symlink(file, error);
  return file.string();
}

Error about(const std::string& path, Error error) {
  error.message = fmt::format("cannot write the recording {}: {}", path, error.message);
  return error;
}

}  // namespace

struct RecordingWriter::Impl {
  Impl(std::string name, ImagePair pair) : path(std::move(name)), images(std::move(pair)) {
    thread = std::thread([this] { run(); });
  }
  ~Impl() {
    stop();
    if (images) images->remove_next();
  }

  void hand_over(const Session& session, bool finished);
  void stop();
  Result<> close();
  void run();
  Result<> store(const Snapshot& snapshot);

  const std::string path;
  SharedTasks tasks;                // of the previous snapshot; of the thread that hands over
  std::optional<ImagePair> images;  // the thread's, until it has ended; none after finish()
  std::thread thread;

  std::mutex mutex;
  std::condition_variable wake;
  std::optional<Snapshot> pending;
  TimelineMarks stored;
  std::optional<Error> error;  // the first; nothing is written after it
  bool stopping = false;
};

// If the thread is still busy, the newer state takes the place of the one that waits. The marks may have moved on
// in the meantime: then the snapshot merely holds more than is needed.
void RecordingWriter::Impl::hand_over(const Session& session, bool finished) {
  TimelineMarks marks;
  {
    const std::lock_guard lock(mutex);
    marks = stored;
  }
  std::optional<Snapshot> snapshot = take_snapshot(session, marks, finished, tasks);
  tasks = snapshot->tasks;
  {
    const std::lock_guard lock(mutex);
    pending.swap(snapshot);
  }
  wake.notify_one();
}

void RecordingWriter::Impl::stop() {
  {
    const std::lock_guard lock(mutex);
    stopping = true;
  }
  wake.notify_one();
  if (thread.joinable()) thread.join();
}

Result<> RecordingWriter::Impl::close() {
  stop();
  if (!images) return {};
  Result<> closed = images->close();
  images.reset();
  if (error) return tl::unexpected(*error);
  return closed;
}

void RecordingWriter::Impl::run() {
  std::unique_lock lock(mutex);
  for (;;) {
    wake.wait(lock, [this] { return pending || stopping; });
    if (!pending) return;
    const Snapshot snapshot = *std::exchange(pending, std::nullopt);
    if (error) continue;
    lock.unlock();
    Result<> result = store(snapshot);
    lock.lock();
    if (!result) error = result.error();
    stored = images->stored();
  }
}

Result<> RecordingWriter::Impl::store(const Snapshot& snapshot) {
  for (int i = 0; i < kFinishTries; ++i) {
    Result<bool> written = images->store(snapshot);
    if (!written) return tl::unexpected(written.error());
    if (*written || !snapshot.finished) return {};
  }
  return fail("another program keeps it locked");
}

RecordingWriter::RecordingWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RecordingWriter::RecordingWriter(RecordingWriter&&) noexcept = default;
RecordingWriter& RecordingWriter::operator=(RecordingWriter&&) noexcept = default;
RecordingWriter::~RecordingWriter() = default;

Result<RecordingWriter> RecordingWriter::create(const std::string& path) {
  const std::string file = resolved(path);
  return may_replace(file)
      .and_then([&] { return ImagePair::create(file); })
      .map([&](ImagePair images) { return RecordingWriter(std::make_unique<Impl>(path, std::move(images))); })
      .map_error([&](Error error) { return about(path, std::move(error)); });
}

void RecordingWriter::flush(const Session& session) { impl_->hand_over(session, false); }

Result<> RecordingWriter::finish(const Session& session) {
  impl_->hand_over(session, true);
  return impl_->close().map_error([&](Error error) { return about(impl_->path, std::move(error)); });
}

}  // namespace loopstall
