#include "recording/image.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "recording/schema.h"

namespace loopstall {
namespace {

// The cache is small because the whole file is in the page cache anyway. Readers that hold a file for longer than
// the timeout make us skip a flush.
constexpr const char* kPragmas =
    "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-512; PRAGMA busy_timeout=250;";

// O_EXCL: a recording made by root in /tmp must not follow what somebody else put there.
Result<Fd> create_locked(const std::string& path) {
  if (::unlink(path.c_str()) < 0 && errno != ENOENT) return system_error("cannot remove " + path);
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return system_error("cannot create " + path);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) < 0) return system_error("cannot lock " + path);
  return fd;
}

Result<Database> open_empty(const std::string& path) {
  Result<Database> db = Database::open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX);
  if (!db) return db;
  Result<> ready = db->exec(kPragmas).and_then([&] { return create_schema(*db); });
  if (!ready) return tl::unexpected(ready.error());
  return db;
}

TimelineMarks marks_of(const Snapshot& snapshot) {
  TimelineMarks marks;
  for (const TimelineTail& tail : snapshot.tails) marks.push_back(tail.mark);
  return marks;
}

}  // namespace

bool is_being_written(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  return fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

Result<Image> Image::create(const std::string& path) {
  Result<Fd> lock = create_locked(path);
  if (!lock) return tl::unexpected(lock.error());
  Result<Database> db = open_empty(path);
  if (!db) return tl::unexpected(db.error());
  Result<Inserts> inserts = Inserts::prepare(*db);
  if (!inserts) return tl::unexpected(inserts.error());
  return Image(std::move(*lock), std::move(*db), std::move(*inserts));
}

Image::Image(Fd lock, Database db, Inserts inserts)
    : lock_(std::move(lock)), db_(std::move(db)), inserts_(std::move(inserts)) {}

Result<bool> Image::store(const Snapshot& snapshot) {
  if (Result<> locked = db_.exec("BEGIN EXCLUSIVE"); !locked) {
    if (db_.last_code() == SQLITE_BUSY) return false;
    return tl::unexpected(locked.error());
  }
  Result<> stored = inserts_.store(snapshot, stored_).and_then([&] { return db_.exec("COMMIT"); });
  if (!stored) return tl::unexpected(stored.error());
  stored_ = {.session = snapshot.session, .tasks = snapshot.tasks, .timelines = marks_of(snapshot)};
  return true;
}

Result<> Image::sync() {
  if (::fdatasync(lock_.get()) < 0) return system_error("cannot write to the disk");
  return {};
}

}  // namespace loopstall
