// A child of the test that has stopped itself, or was interrupted: its registers and a copy of its stack, by ptrace
// (which loopstall itself never uses).
#pragma once

#include <elf.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "model/raw_sample.h"
#include "symbols/mappings.h"

class StoppedProgram {
 public:
  // Runs until it raises SIGSTOP.
  explicit StoppedProgram(std::vector<std::string> argv) : pid_(start(std::move(argv), true)) {
    for (int status = 0;;) {
      tid_ = ::waitpid(-1, &status, __WALL);
      if (!WIFSTOPPED(status)) throw std::runtime_error("the program ended");
      // A new thread's first stop is a SIGSTOP as well, which nobody sent.
      siginfo_t info{};
      ::ptrace(PTRACE_GETSIGINFO, tid_, nullptr, &info);
      if (WSTOPSIG(status) == SIGSTOP && info.si_code == SI_TKILL) return;
      const bool exec = WSTOPSIG(status) == SIGTRAP && !started_;
      if (exec) ::ptrace(PTRACE_SETOPTIONS, pid_, nullptr, PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL);
      started_ = true;
      const bool pass = WSTOPSIG(status) == SIGUSR1;
      ::ptrace(PTRACE_CONT, tid_, nullptr, pass ? SIGUSR1 : 0);
    }
  }
  // Runs until it sleeps in a syscall, then is interrupted.
  StoppedProgram(std::vector<std::string> argv, long syscall) : pid_(start(std::move(argv), false)) {
    tid_ = pid_;
    for (int i = 0; i < 1000; ++i) {
      const auto now = loopstall::ProcFs().syscall(pid_, pid_);
      if (now && !now->running && now->nr == syscall) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ::ptrace(PTRACE_SEIZE, pid_, nullptr, PTRACE_O_EXITKILL);
    ::ptrace(PTRACE_INTERRUPT, pid_, nullptr, nullptr);
    int status = 0;
    if (::waitpid(pid_, &status, 0) != pid_) throw std::runtime_error("no stop");
  }
  ~StoppedProgram() {
    ::kill(pid_, SIGKILL);
    while (::waitpid(-1, nullptr, __WALL) > 0) {
    }
  }
  StoppedProgram(const StoppedProgram&) = delete;

  // Runs one instruction; false if the program ended.
  bool step() {
    int status = 0;
    if (::ptrace(PTRACE_SINGLESTEP, tid_, nullptr, nullptr) != 0) return false;
    return ::waitpid(tid_, &status, __WALL) == tid_ && WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP;
  }
  int pid() const { return pid_; }
  loopstall::Registers registers() const {
    user_regs_struct r{};
    iovec area{&r, sizeof r};
    if (::ptrace(PTRACE_GETREGSET, tid_, NT_PRSTATUS, &area) != 0) throw std::runtime_error("no registers");
    loopstall::Registers result;
#if defined(__x86_64__)
    const std::uint64_t dwarf[] = {r.rax, r.rdx, r.rcx, r.rbx, r.rsi, r.rdi, r.rbp, r.rsp, r.r8,
                                   r.r9,  r.r10, r.r11, r.r12, r.r13, r.r14, r.r15, r.rip};
    std::copy(std::begin(dwarf), std::end(dwarf), result.dwarf.begin());
    result.pc = r.rip, result.sp = r.rsp, result.fp = r.rbp;
#else
    std::copy(std::begin(r.regs), std::end(r.regs), result.dwarf.begin());
    result.dwarf[31] = r.sp, result.dwarf[32] = r.pc;
    result.pc = r.pc, result.sp = r.sp, result.fp = r.regs[29];
#endif
    return result;
  }
  // From sp upwards, as far as there is memory, at most `limit` bytes.
  std::vector<std::byte> stack(std::size_t limit = 256 * 1024) const {
    std::vector<std::byte> bytes(limit);
    const std::uint64_t sp = registers().sp;
    std::size_t done = 0;
    while (done < limit) {
      const std::size_t part = std::min<std::size_t>(limit - done, 4096 - (sp + done) % 4096);
      const iovec local{bytes.data() + done, part}, remote{reinterpret_cast<void*>(sp + done), part};
      if (::process_vm_readv(pid_, &local, 1, &remote, 1, 0) != static_cast<ssize_t>(part)) break;
      done += part;
    }
    bytes.resize(done);
    return bytes;
  }

 private:
  static int start(std::vector<std::string> argv, bool traced) {
    const int pid = ::fork();
    if (pid != 0) return pid;
    std::vector<char*> words;
    for (auto& word : argv) words.push_back(word.data());
    words.push_back(nullptr);
    if (traced) ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    ::execv(words[0], words.data());
    ::_exit(127);
  }
  int pid_;
  int tid_ = 0;
  bool started_ = false;
};
