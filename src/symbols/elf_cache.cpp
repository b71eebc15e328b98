#include "symbols/elf_cache.h"

#include <fmt/format.h>
#include <sys/uio.h>

#include <algorithm>
#include <vector>

#include "symbols/debug_files.h"

namespace loopstall {
namespace {

constexpr std::size_t kFirstPage = 4096;
constexpr std::uint64_t kMaxVdso = 256 * 1024;
constexpr std::size_t kMaxModules = 512;

std::vector<std::byte> read_memory(int pid, std::uint64_t begin, std::uint64_t size) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  const iovec local{bytes.data(), bytes.size()};
  const iovec remote{reinterpret_cast<void*>(begin), bytes.size()};
  const ssize_t n = ::process_vm_readv(pid, &local, 1, &remote, 1, 0);
  bytes.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return bytes;
}

// The build id of what is mapped, from its first page in memory; "" if it can not be told.
std::string build_id_in_memory(int pid, const Mapping& mapping, const std::vector<Mapping>& mappings) {
  for (const auto& other : mappings) {
    if (other.inode != mapping.inode || other.device != mapping.device || other.offset != 0) continue;
    const auto page = read_memory(pid, other.begin, std::min<std::uint64_t>(other.end - other.begin, kFirstPage));
    const auto image = ElfImage::parse(page);
    return image ? image->build_id() : "";
  }
  return {};
}

std::string key_of(const ElfImage& image, const TargetFile::Identity& identity) {
  if (!image.build_id().empty()) return fmt::format("{}/{}", image.build_id(), image.bytes().size());
  return fmt::format("{}:{}:{}:{}", identity.device, identity.inode, identity.changed_ns, image.bytes().size());
}

// What is at the path may be another file by now. On some file systems (overlayfs) the numbers differ although it is
// the same: then the build id in memory decides.
bool is_what_is_mapped(int pid, const TargetFile& file, const ElfImage& image, const Mapping& mapping,
                       const std::vector<Mapping>& mappings) {
  const auto identity = file.identity();
  if (!mapping.deleted && identity.inode == mapping.inode && identity.device == mapping.device) return true;
  return !image.build_id().empty() && image.build_id() == build_id_in_memory(pid, mapping, mappings);
}

}  // namespace

std::shared_ptr<ElfModule> ElfCache::open(const ProcFs& proc, int pid, const Mapping& mapping,
                                          const std::vector<Mapping>& mappings, SymbolLosses& losses) {
  ElfBytes bytes;
  TargetFile::Identity identity;
  bool exact = true;
  std::optional<TargetFile> file;
  if (mapping.path == "[vdso]") {
    bytes.copy = read_memory(pid, mapping.begin, std::min(mapping.end - mapping.begin, kMaxVdso));
  } else {
    file = TargetFile::mapped(proc, pid, mapping.begin, mapping.end);
    exact = file.has_value();
    if (!file) file = TargetFile::in_root(proc, pid, mapping.path);
    auto mapped = file ? MappedFile::map(*file) : std::nullopt;
    if (!mapped) return ++losses.no_file, nullptr;
    identity = file->identity();
    bytes.file.emplace(std::move(*mapped));
  }
  const auto find_debug = [proc, pid, path = mapping.path](const ElfImage& image) {
    return find_debug_file(proc, pid, path, image);
  };
  auto module = ElfModule::make(std::move(bytes), mapping.path, find_debug);
  if (!module) return ++losses.bad_file, nullptr;
  if (!exact && !is_what_is_mapped(pid, *file, module->image(), mapping, mappings)) return ++losses.no_file, nullptr;
  auto key = key_of(module->image(), identity);
  return keep(std::move(key), std::move(module));
}

std::shared_ptr<ElfModule> ElfCache::keep(std::string key, std::unique_ptr<ElfModule> module) {
  if (modules_.size() >= kMaxModules) trim();
  if (modules_.size() >= kMaxModules) return module;  // for this process only
  const auto [place, inserted] = modules_.try_emplace(std::move(key));
  if (inserted) place->second = std::move(module);
  return place->second;
}

std::size_t ElfCache::memory() const {
  std::size_t sum = 0;
  for (const auto& [key, module] : modules_) sum += module->memory();
  return sum;
}

void ElfCache::trim() {
  std::erase_if(modules_, [](const auto& entry) { return entry.second.use_count() == 1; });
  if (memory() <= limit_) return;
  // They come back when needed, so which goes is no matter of truth: the biggest first.
  std::vector<ElfModule*> by_size;
  for (const auto& [key, module] : modules_) by_size.push_back(module.get());
  std::sort(by_size.begin(), by_size.end(), [](auto* a, auto* b) { return a->memory() > b->memory(); });
  std::size_t sum = memory();
  for (ElfModule* module : by_size) {
    if (sum <= limit_ / 2) break;
    sum -= module->memory();
    module->release();
  }
}

}  // namespace loopstall
