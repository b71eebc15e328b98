#include "target/target_file.h"

#include <sys/stat.h>

#include "catch.h"
#include "unit/target/fake_proc.h"

using namespace loopstall;

namespace {

bool opens(const FakeProc& fake, const std::string& path) {
  return TargetFile::in_root(fake.proc(), 3, path).has_value();
}

}  // namespace

TEST_CASE("paths are resolved inside the target's root") {
  FakeProc fake;
  fake.write("outside", "secret");
  fake.write("3/root/usr/lib/a.so", "inside");
  fake.link("3/root/lib", "/usr/lib");
  fake.link("3/root/up", "../../outside");
  fake.link("3/root/loop", "loop");
  CHECK(TargetFile::in_root(fake.proc(), 3, "/usr/lib/a.so")->text(0, 99) == "inside");
  CHECK(TargetFile::in_root(fake.proc(), 3, "/lib/a.so")->text(2, 3) == "sid");
  CHECK_FALSE(opens(fake, "/../../outside"));
  CHECK_FALSE(opens(fake, "/up"));
  CHECK_FALSE(opens(fake, "/loop"));
  CHECK_FALSE(opens(fake, "/usr/lib/a.so (deleted)"));
  CHECK_FALSE(TargetFile::in_root(fake.proc(), 4, "/usr/lib/a.so"));
}

TEST_CASE("a chroot in another mount namespace, where the kernel tells paths from that namespace's root") {
  FakeProc fake;
  fake.write("jail/usr/a.so", "inside");
  const std::string jail = fake.root() + "/jail";
  fake.link("3/root", jail);
  CHECK(opens(fake, "/usr/a.so"));
  CHECK(opens(fake, jail + "/usr/a.so"));
  CHECK(path_in_root(fake.proc(), 3, jail + "/usr/a.so") == "/usr/a.so");
  CHECK(path_in_root(fake.proc(), 3, jail + "er/usr/a.so") == jail + "er/usr/a.so");
  fake.link("4/root", "/");
  CHECK(path_in_root(fake.proc(), 4, "/usr/a.so") == "/usr/a.so");
}

TEST_CASE("only regular files are opened, and a FIFO does not block") {
  FakeProc fake;
  fake.write("3/root/x", "");
  REQUIRE(::mkfifo((fake.root() + "/3/root/fifo").c_str(), 0600) == 0);
  CHECK(opens(fake, "/x"));
  CHECK_FALSE(opens(fake, "/fifo"));
  CHECK_FALSE(opens(fake, "/"));
  fake.link("3/exe", fake.root() + "/3/root/fifo");
  CHECK_FALSE(TargetFile::executable(fake.proc(), 3));
}

TEST_CASE("reads stop at the end of the file") {
  FakeProc fake;
  fake.write("3/root/x", "0123456789");
  const auto file = TargetFile::in_root(fake.proc(), 3, "/x");
  REQUIRE(file);
  CHECK(file->size() == 10);
  CHECK(file->text(8, 100) == "89");
  CHECK(file->text(10, 1).empty());
  CHECK(file->text(~0ULL, 1).empty());
  std::uint64_t value = 0;
  CHECK(file->read_value(2, value));
  CHECK_FALSE(file->read_value(3, value));
  fake.write("3/root/x", "01");  // truncated while open
  CHECK(file->text(0, 10) == "01");
}

TEST_CASE("a search finds what straddles two chunks, and nothing beyond its range") {
  FakeProc fake;
  std::string data(300'000, '.');
  data.replace(128 * 1024 - 3, 6, "needle");
  data.replace(299'994, 6, "final!");
  fake.write("3/root/x", data);
  const auto file = TargetFile::in_root(fake.proc(), 3, "/x");
  REQUIRE(file);
  CHECK(file->search(0, ~0ULL, "needle") == 128U * 1024 - 3);
  CHECK(file->search(1000, data.size(), "final!") == 299'994U);
  CHECK_FALSE(file->search(0, 128 * 1024, "needle"));
  CHECK_FALSE(file->search(0, ~0ULL, "absent"));
  CHECK_FALSE(file->search(0, ~0ULL, ""));
  CHECK_FALSE(file->search(~0ULL - 2, ~0ULL, "needle"));
}
