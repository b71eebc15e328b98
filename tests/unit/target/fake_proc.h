// A /proc tree in a temporary directory.
#pragma once

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "target/procfs.h"

namespace loopstall {

class FakeProc {
 public:
  FakeProc() {
    std::string pattern = (std::filesystem::temp_directory_path() / "loopstall-proc-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
  }
  ~FakeProc() { std::filesystem::remove_all(root_); }
  FakeProc(const FakeProc&) = delete;
  FakeProc& operator=(const FakeProc&) = delete;

  ProcFs proc() const { return ProcFs(root_); }
  const std::string& root() const { return root_; }

  void write(const std::string& name, std::string_view text) const {
    const auto path = std::filesystem::path(root_) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
  void link(const std::string& name, const std::string& to) const {
    const auto path = std::filesystem::path(root_) / name;
    std::filesystem::create_directories(path.parent_path());
    std::filesystem::create_symlink(to, path);
  }

  void process(int pid, int parent, const std::string& comm, const std::vector<std::string>& argv = {},
               const std::string& exe = "", char state = 'S', unsigned flags = 0x400000) const {
    write(fmt::format("{}/stat", pid), fmt::format("{} ({}) {} {} 1 1 0 -1 {} 0 0 0 0 1 2 0 0 20 0 1 0 {} 9 9 9\n", pid,
                                                   comm, state, parent, flags, 1000 + pid));
    write(fmt::format("{}/status", pid), fmt::format("Name:\t{}\nTgid:\t{}\nPid:\t{}\n", comm, pid, pid));
    std::string cmdline;
    for (const auto& arg : argv) cmdline += arg + '\0';
    write(fmt::format("{}/cmdline", pid), cmdline);
    if (!exe.empty()) link(fmt::format("{}/exe", pid), exe);
  }
  void fd(int pid, int number, const std::string& to) const { link(fmt::format("{}/fd/{}", pid, number), to); }
  void epoll(int pid, int number, const std::vector<int>& members) const {
    fd(pid, number, "anon_inode:[eventpoll]");
    std::string text = "pos:\t0\nflags:\t02\n";
    for (const int m : members) text += fmt::format("tfd: {:8} events:       19 data: 0  pos:0 ino:1 sdev:8\n", m);
    write(fmt::format("{}/fdinfo/{}", pid, number), text);
  }
  // Lines of net/tcp: (local port, state, inode); who is a pid or "self".
  struct Tcp {
    int port;
    std::string_view state;
    int inode;
  };
  void tcp(const std::string& who, const std::string& table, const std::vector<Tcp>& sockets) const {
    std::string text =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
    for (const auto& s : sockets)
      text += fmt::format(
          "   0: 0100007F:{:04X} 0100007F:{:04X} {} 00000000:00000000 00:00000000 00000000     0        0 {} 1\n",
          s.port, s.state == "0A" || s.state == "07" ? 0 : 4242, s.state, s.inode);
    write(who + "/net/" + table, text);
  }

 private:
  std::string root_;
};

}  // namespace loopstall
