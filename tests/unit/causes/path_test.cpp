#include "causes/path.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "catch.h"
#include "unit/causes/samples.h"
#include "unit/target/fake_proc.h"

using namespace loopstall;

namespace {

// Descriptor 4 of pid 3 is /srv/app/data/app.db, inode 77 on 8:1.
struct Process {
  FakeProc fake;
  RawObject object = named(ObjectKind::File, {"app.db", "data"}, true);
  Process() {
    fake.fd(3, 4, "/srv/app/data/app.db");
    fake.write("3/fdinfo/4", "pos:\t0\nflags:\t02\nmnt_id:\t29\nino:\t77\n");
    fake.write("3/mountinfo", "28 1 0:5 / /proc rw - proc proc rw\n29 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n");
    object.inode = 77;
    object.device = 8U << 20 | 1U;
  }
  std::optional<std::string> path() const { return complete_path(fake.proc(), 3, 4, object); }
};

}  // namespace

TEST_CASE("a path is completed while the descriptor is the same file") {
  Process process;
  CHECK(process.path() == "/srv/app/data/app.db");
  process.object.names.front() = "app";  // cut by the kernel side
  CHECK(process.path() == "/srv/app/data/app.db");
}

TEST_CASE("a path is not completed from a descriptor that was used again") {
  Process process;
  SECTION("another file") { process.object.inode = 78; }
  SECTION("another file system") { process.object.device = 8U << 20 | 2U; }
  SECTION("another name") { process.object.names.front() = "other.db"; }
  SECTION("no name") { process.object.names.clear(); }
  CHECK(process.path() == std::nullopt);
}

TEST_CASE("a path is not completed when the kernel does not tell enough") {
  Process process;
  SECTION("no inode: before 5.14") { process.fake.write("3/fdinfo/4", "pos:\t0\nflags:\t02\nmnt_id:\t29\n"); }
  SECTION("the mount is gone") { process.fake.write("3/mountinfo", "30 1 8:1 / / rw - ext4 /dev/sda1 rw\n"); }
  SECTION("garbage") { process.fake.write("3/mountinfo", "29 1 8:x / /\n29 1\n29 1 : /\n"); }
  CHECK(process.path() == std::nullopt);
}

TEST_CASE("a deleted file keeps the path that it had") {
  Process process;
  process.fake.fd(3, 5, "/srv/app/data/app.db (deleted)");
  process.fake.write("3/fdinfo/5", "mnt_id:\t29\nino:\t77\n");
  CHECK(complete_path(process.fake.proc(), 3, 5, process.object) == "/srv/app/data/app.db");
}

TEST_CASE("this kernel's /proc completes a path") {
  const Fd fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  struct stat status {};
  REQUIRE(::fstat(fd.get(), &status) == 0);
  auto object = named(ObjectKind::Device, {"null"}, true);
  object.inode = status.st_ino;
  object.device = major(status.st_dev) << 20 | minor(status.st_dev);
  CHECK(complete_path(ProcFs(), ::getpid(), fd.get(), object) == "/dev/null");
  object.inode++;
  CHECK(complete_path(ProcFs(), ::getpid(), fd.get(), object) == std::nullopt);
}
