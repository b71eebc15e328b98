#include "symbols/address_space.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"

namespace loopstall {
namespace {

constexpr std::uint64_t kRefreshNs = 1'000'000'000;  // reading maps takes the target's mmap lock
constexpr std::size_t kMaxKnown = 4096;              // about 1.5 MB

}  // namespace

AddressSpace::AddressSpace(const ProcFs& proc, int pid, ElfCache& cache)
    : proc_(proc), pid_(pid), cache_(cache), perf_map_(proc, pid) {}

Unwound AddressSpace::unwind(const Registers& registers, std::uint64_t stack_begin, Bytes stack) {
  const auto at = [this](std::uint64_t pc) { return code_at(pc); };
  auto unwound = unwind_stack(at, registers, StackCopy(stack_begin, stack), losses_);
  if (unwound.end == UnwindEnd::Failed) stale_ = true;
  return unwound;
}

AddressSpace::Region* AddressSpace::find_region(std::uint64_t pc) {
  const auto after = std::upper_bound(regions_.begin(), regions_.end(), pc,
                                      [](std::uint64_t a, const Region& r) { return a < r.mapping.begin; });
  if (after == regions_.begin()) return nullptr;
  Region& region = *std::prev(after);
  return region.mapping.holds(pc) ? &region : nullptr;
}

AddressSpace::Region* AddressSpace::region_at(std::uint64_t pc) {
  Region* region = find_region(pc);
  const std::uint64_t now = monotonic_ns();
  const bool due = refreshed_ns_ == 0 || now - refreshed_ns_ >= kRefreshNs;
  if ((region == nullptr || stale_) && due) {
    refreshed_ns_ = now;
    refresh();
    region = find_region(pc);
  }
  if (region && !region->opened) open(*region);
  return region;
}

void AddressSpace::refresh() {
  stale_ = false;
  mappings_ = read_mappings(proc_, pid_);
  std::vector<Region> old;
  old.swap(regions_);
  const auto begins_before = [](const Region& r, std::uint64_t begin) { return r.mapping.begin < begin; };
  for (const auto& mapping : mappings_) {
    if (!mapping.executable) continue;
    const auto same = std::lower_bound(old.begin(), old.end(), mapping.begin, begins_before);
    const bool kept = same != old.end() && same->mapping == mapping;
    regions_.push_back(kept ? *same : Region{mapping, nullptr, false});
  }
  const bool changed = !std::equal(regions_.begin(), regions_.end(), old.begin(), old.end(),
                                   [](const Region& a, const Region& b) { return a.mapping == b.mapping; });
  if (changed) known_.clear();
  old.clear();
  cache_.trim();
}

void AddressSpace::open(Region& region) {
  region.opened = true;
  const bool vdso = region.mapping.path == "[vdso]";
  if (region.mapping.inode == 0 && !vdso) return;
  // One file has several executable mappings at times.
  for (const auto& other : regions_)
    if (other.module && other.mapping.inode == region.mapping.inode && other.mapping.device == region.mapping.device &&
        other.mapping.path == region.mapping.path)
      region.module = other.module;
  if (!region.module) region.module = cache_.open(proc_, pid_, region.mapping, mappings_, losses_);
}

Code AddressSpace::code_at(std::uint64_t pc) {
  const Region* const region = region_at(pc);
  if (!region) return {};
  if (!region->module) return {true, nullptr, pc};
  const std::uint64_t offset = pc - region->mapping.begin + region->mapping.offset;
  const auto address = region->module->image().address_of(offset);
  return address ? Code{true, region->module.get(), *address} : Code{true, nullptr, pc};
}

const Stack& AddressSpace::symbolize(std::uint64_t pc, bool return_address) {
  const std::uint64_t address = pc - (return_address ? 1 : 0);
  if (const auto known = known_.find(address); known != known_.end()) return known->second;
  bool lasting = false;
  Stack stack = describe(address, lasting);
  if (!lasting) return passing_ = std::move(stack);
  if (known_.size() >= kMaxKnown) {
    known_.clear();
    cache_.trim();
  }
  return known_[address] = std::move(stack);
}

Stack AddressSpace::describe(std::uint64_t address, bool& lasting) {
  Stack stack;
  const Code code = code_at(address);
  lasting = code.module != nullptr;
  if (code.module)
    code.module->describe(code.address, stack, losses_);
  else
    stack.push_back(jit_frame(address));
  return stack;
}

// Also for a file that could not be opened.
Frame AddressSpace::jit_frame(std::uint64_t address) {
  const Region* const region = find_region(address);
  Frame frame;
  if (region) frame.module = region->mapping.path;
  if (region && region->mapping.inode == 0) frame.function = perf_map_.find(address, monotonic_ns());
  if (!frame.function.empty()) return frame;
  ++losses_.no_symbol;
  const auto slash = frame.module.rfind('/') + 1;
  const std::string_view name =
      frame.module.empty() ? (region ? "[jit]" : "[unmapped]") : std::string_view(frame.module).substr(slash);
  const bool file = region && region->mapping.inode != 0;
  frame.function =
      fmt::format("{}!+{:#x}", name, file ? address - region->mapping.begin + region->mapping.offset : address);
  return frame;
}

SymbolLosses AddressSpace::losses() const {
  SymbolLosses losses = losses_;
  losses.perf_map_lines = perf_map_.bad_lines();
  return losses;
}

}  // namespace loopstall
