#include "symbols/mapped_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <utility>

namespace loopstall {
namespace {

constexpr std::size_t kSlots = 1024;

struct Slot {
  std::atomic<std::uintptr_t> begin{0}, end{0};
};
std::array<Slot, kSlots> g_slots;  // the handler may take no lock
struct sigaction g_previous;

bool guarded(std::uintptr_t address) {
  for (const auto& slot : g_slots)
    if (address >= slot.begin.load() && address < slot.end.load()) return true;
  return false;
}

void on_bus_error(int signal, siginfo_t* info, void*) {
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  void* const begin = reinterpret_cast<void*>(address & ~(page - 1));
  if (info->si_code > 0 && guarded(address) &&
      ::mmap(begin, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED)
    return;
  ::sigaction(signal, &g_previous, nullptr);  // not ours: it strikes again, and does what it did before us
}

void install_handler() {
  static const bool installed = [] {
    struct sigaction action {};
    action.sa_sigaction = on_bus_error;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    return ::sigaction(SIGBUS, &action, &g_previous) == 0;
  }();
  static_cast<void>(installed);
}

std::optional<std::size_t> take_slot(std::uintptr_t begin, std::size_t size) {
  for (std::size_t i = 0; i < kSlots; ++i) {
    std::uintptr_t free = 0;
    if (!g_slots[i].begin.compare_exchange_strong(free, begin)) continue;
    g_slots[i].end = begin + size;
    return i;
  }
  return std::nullopt;
}

void free_slot(std::size_t slot) {
  g_slots[slot].end = 0;
  g_slots[slot].begin = 0;
}

}  // namespace

std::optional<MappedFile> MappedFile::map(const TargetFile& file) {
  if (file.size() == 0) return std::nullopt;
  install_handler();
  const auto size = static_cast<std::size_t>(file.size());
  void* const data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file.fd(), 0);
  if (data == MAP_FAILED) return std::nullopt;
  ::madvise(data, size, MADV_RANDOM);  // no reading ahead: a lookup wants a few pages of a big file
  if (const auto slot = take_slot(reinterpret_cast<std::uintptr_t>(data), size))
    return MappedFile(static_cast<std::byte*>(data), size, *slot);
  ::munmap(data, size);
  return std::nullopt;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(other.size_), slot_(other.slot_) {}

void MappedFile::forget() const { ::madvise(data_, size_, MADV_DONTNEED); }

MappedFile::~MappedFile() {
  if (data_ == nullptr) return;
  free_slot(slot_);
  ::munmap(data_, size_);
}

}  // namespace loopstall
