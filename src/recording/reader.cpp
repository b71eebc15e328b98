#include <fmt/format.h>

#include "recording/identify.h"
#include "recording/load.h"
#include "recording/open.h"
#include "recording/recording.h"
#include "recording/schema.h"

namespace loopstall {
namespace {

Result<> must_be_recording(const FileIdentity& file) {
  switch (file.kind) {
    case FileKind::Missing:
      return fail("there is no such file");
    case FileKind::Directory:
      return fail("it is a directory, not a loopstall recording");
    case FileKind::Special:
      return fail("it is not a regular file");
    case FileKind::Empty:
      return fail("it is empty, not a loopstall recording");
    case FileKind::Foreign:
      return fail("it is not a loopstall recording");
    case FileKind::ForeignDatabase:
      return fail("it is a SQLite database, but not a loopstall recording");
    case FileKind::Stub:
      return fail("it is truncated: not even its header is whole");
    case FileKind::Recording:
      break;
  }
  if (file.version > kRecordingVersion)
    return fail(fmt::format("it was made by a newer loopstall (recording version {}, this one reads {})", file.version,
                            kRecordingVersion));
  if (!file.version) return fail("it is damaged: it says that its version is 0");
  // SQLite would take what is missing of the last page for zeroes.
  if (file.size < file.whole_size)
    return fail(fmt::format("it is truncated: {} of {} bytes are left", file.size, file.whole_size));
  return {};
}

// SQLite wants '?', '#' and '%' escaped in a URI.
std::string immutable_uri(const std::string& path) {
  std::string uri = "file:";
  for (char c : path)
    uri += c == '?' || c == '#' || c == '%' ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
  return uri + "?immutable=1";
}

// Within one transaction, so that a session that is still being recorded can not change between two tables.
Result<Database> open_snapshot(const std::string& path, int flags) {
  Result<Database> db = Database::open(path, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | flags);
  if (!db) return db;
  Result<> begun = db->exec("PRAGMA busy_timeout=2000; PRAGMA temp_store=MEMORY; BEGIN; SELECT 1 FROM sqlite_master;");
  if (!begun) return tl::unexpected(begun.error());
  return db;
}

// Somebody's SQL shell may have left a file in WAL mode: in a directory that we may not write to, or without its
// side files, it opens only as immutable.
Result<Database> open_recording(const std::string& path) {
  Result<Database> db = open_snapshot(path, 0);
  return db ? std::move(db) : open_snapshot(immutable_uri(path), SQLITE_OPEN_URI);
}

Result<> check(Database& db) {
  Result<Statement> statement = db.prepare("PRAGMA quick_check(1)");
  if (!statement) return tl::unexpected(statement.error());
  Result<bool> row = statement->step();
  if (!row) return tl::unexpected(row.error());
  if (!*row || statement->text(0) != "ok") return fail(statement->text(0));
  return {};
}

Error damaged_file(Error error) {
  error.message = "it is truncated or damaged: " + error.message;
  return error;
}

Result<Session> read_tables(Database db) { return load_session(db).map_error(damaged_file); }

}  // namespace

Error about_recording(const std::string& path, Error error) {
  error.message = fmt::format("cannot read the recording {}: {}", path, error.message);
  return error;
}

Result<Database> open_checked(const std::string& path) {
  Result<FileIdentity> file = identify(path);
  if (!file) return tl::unexpected(file.error());
  if (Result<> good = must_be_recording(*file); !good) return tl::unexpected(good.error());
  Result<Database> db = open_recording(path);
  Result<> whole =
      db ? check(*db).and_then([&] { return upgrade_in_memory(*db); }) : Result<>(tl::unexpected(db.error()));
  if (!whole) return tl::unexpected(damaged_file(whole.error()));
  return db;
}

Result<Session> read_recording(const std::string& path) {
  return open_checked(path).and_then(read_tables).map_error([&](Error error) {
    return about_recording(path, std::move(error));
  });
}

}  // namespace loopstall
