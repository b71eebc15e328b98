// A made-up /proc with one process, whose root has one file.
#include "runtimes/probe_file.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "catch.h"
#include "fake_elf.h"

using namespace loopstall;

namespace {

constexpr int kPid = 7;
constexpr std::uint64_t kBegin = 0x400000, kEnd = 0x500000;

class Folder {
 public:
  Folder() {
    char name[] = "/tmp/loopstall-proc-XXXXXX";
    path_ = ::mkdtemp(name);
    std::filesystem::create_directories(root());
    std::filesystem::create_directories(process() + "/map_files");
    write(root() + "/app");
  }
  ~Folder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string process() const { return path_ + "/7"; }
  std::string root() const { return process() + "/root"; }
  std::string mapped() const { return process() + "/map_files/400000-500000"; }
  ProcFs proc() const { return ProcFs(path_); }
  static void write(const std::string& path) {
    std::ofstream(path, std::ios::binary) << fake_elf({{".text", std::string(4096, '\x55')}});
  }

 private:
  std::string path_;
};

std::uint64_t inode_of(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

Result<MappedCode> code_in(const Folder& folder, std::uint64_t inode, std::uint64_t address, bool executable = true) {
  const auto elf = ElfFile::open(TargetFile::in_root(folder.proc(), kPid, "/app"));
  const FileMapping mapping{kBegin, kEnd, 0x100, inode, executable, "/app"};
  return mapped_code(folder.proc(), kPid, elf.value(), {&mapping, 1}, address);
}

}  // namespace

TEST_CASE("code is told by its mapping, which opens also without a name") {
  const Folder folder;
  std::filesystem::create_hard_link(folder.root() + "/app", folder.mapped());
  const auto code = code_in(folder, inode_of(folder.root() + "/app"), kBegin + 0x20);
  REQUIRE(code);
  CHECK(code->file == folder.mapped());
  CHECK(code->offset == 0x120);
  CHECK(code->bytes.at(0) == 0x55);
}

TEST_CASE("without the right to open mappings the name in the target's root serves") {
  const Folder folder;
  const auto code = code_in(folder, inode_of(folder.root() + "/app"), kBegin + 0x20);
  REQUIRE(code);
  CHECK(code->file == folder.root() + "/app");
}

TEST_CASE("a name that is another file's by now is refused") {
  const Folder folder;
  const auto inode = inode_of(folder.root() + "/app");
  std::filesystem::rename(folder.root() + "/app", folder.root() + "/kept");
  Folder::write(folder.root() + "/app");
  const auto code = code_in(folder, inode, kBegin + 0x20);
  REQUIRE_FALSE(code);
  CHECK(code.error().message == "is in a file that can not be opened any more");
}

TEST_CASE("an address outside of the file's code is refused") {
  const Folder folder;
  const auto inode = inode_of(folder.root() + "/app");
  CHECK_FALSE(code_in(folder, inode, kEnd));
  CHECK_FALSE(code_in(folder, inode, kBegin - 1));
  CHECK_FALSE(code_in(folder, inode, kBegin + 0x20, false));
}
