#include "symbols/debug_info.h"

#include <dwarf.h>

#include <algorithm>
#include <optional>

#include "symbols/inline_chain.h"

namespace loopstall {
namespace {

// libdw unpacks compressed sections into memory, and keeps what it read of each unit until dwarf_end.
constexpr std::uint64_t kMaxUnpacked = 16ULL << 20;
constexpr std::uint64_t kMaxUnpackedLines = 2ULL << 20;
// One byte of a line program makes one row of 40 bytes; a big C++ unit has 200 KiB.
constexpr std::uint64_t kMaxLineProgram = 512 * 1024;
constexpr std::size_t kRowBytes = 56;  // of a line in libdw: the row, and its place in a sorted array
constexpr std::size_t kMaxKept = 4U << 20;
constexpr std::size_t kMaxUnits = 100'000;

std::uint64_t unpacked_size(const ElfImage& image, const ElfImage::Section& section) {
  if ((section.header.sh_flags & SHF_COMPRESSED) == 0) return 0;
  return ByteReader(image.contents(section)).value<Elf64_Chdr>().ch_size;
}

// The sum of all sections that libdw unpacks; nullopt: too much.
std::optional<std::uint64_t> unpacked_size(const ElfImage& image) {
  std::uint64_t sum = 0;
  for (const auto& section : image.sections()) {
    // ".zdebug_*": GNU's older form, which says its size in the data; nobody has written it since 2015.
    if (section.name.starts_with(".zdebug")) return std::nullopt;
    if (!section.name.starts_with(".debug")) continue;
    const std::uint64_t size = unpacked_size(image, section);
    if (size > kMaxUnpacked || (section.name == ".debug_line" && size > kMaxUnpackedLines)) return std::nullopt;
    sum += size;
  }
  return sum <= kMaxUnpacked ? std::optional(sum) : std::nullopt;
}

// libdw would open the file that .gnu_debugaltlink names, any path on our side, a FIFO too. Without the section it does
// not; names that dwz moved to that file are then unknown.
void hide_links(std::span<std::byte> bytes, const ElfImage& image) {
  const auto header = ByteReader(image.bytes()).value<Elf64_Ehdr>();
  if (header.e_shstrndx >= image.sections().size()) return;
  const std::uint64_t names = image.sections()[header.e_shstrndx].header.sh_offset;
  for (const auto& section : image.sections()) {
    if (section.name != ".gnu_debugaltlink" && section.name != ".debug_sup") continue;
    const std::uint64_t at = names + section.header.sh_name;
    if (at < bytes.size()) bytes[static_cast<std::size_t>(at)] = std::byte{'-'};
  }
}

std::size_t rows_of(Dwarf_Die& unit) {
  Dwarf_Lines* lines = nullptr;
  std::size_t count = 0;
  return dwarf_getsrclines(&unit, &lines, &count) == 0 ? count : 0;
}

std::uint32_t to_line(int line) { return line > 0 ? static_cast<std::uint32_t>(line) : 0; }

}  // namespace

std::unique_ptr<DebugInfo> DebugInfo::open(std::span<std::byte> bytes, const ElfImage& image, bool& refused) {
  refused = false;
  if (image.section(".debug_info") == nullptr && image.section(".zdebug_info") == nullptr) return nullptr;
  refused = true;
  const auto unpacked = unpacked_size(image);
  if (!unpacked) return nullptr;
  std::unique_ptr<DebugInfo> info(new DebugInfo);
  info->bytes_ = bytes;
  info->image_ = &image;
  info->unpacked_ = static_cast<std::size_t>(*unpacked);
  if (const auto* lines = image.section(".debug_line"); lines && unpacked_size(image, *lines) == 0)
    info->lines_ = image.contents(*lines);
  if (!info->begin()) return nullptr;
  refused = false;
  return info;
}

bool DebugInfo::begin() {
  dwarf_.reset();
  elf_.reset();
  visited_.clear();
  kept_ = 0;
  hide_links(bytes_, *image_);
  elf_version(EV_CURRENT);
  elf_.reset(elf_memory(reinterpret_cast<char*>(bytes_.data()), bytes_.size()));
  if (elf_) dwarf_.reset(dwarf_begin_elf(elf_.get(), DWARF_C_READ, nullptr));
  return dwarf_ != nullptr;
}

std::vector<DebugInfo::Place> DebugInfo::places(std::uint64_t address) {
  Dwarf_Die unit{};
  if (kept_ > kMaxKept && !begin()) return {};
  if (!dwarf_ || !unit_of(address, unit)) return {};
  std::vector<Place> places(1);
  const bool lines = may_read_lines(unit);
  if (visited_.insert(dwarf_dieoffset(&unit)).second && lines) kept_ += rows_of(unit) * kRowBytes;
  if (lines) add_line(unit, address, places.front());
  append_inline_chain(unit, address, lines, places);
  return places;
}

// .debug_aranges is what gcc writes; clang writes the units' own ranges only.
bool DebugInfo::unit_of(std::uint64_t address, Dwarf_Die& unit) {
  if (dwarf_addrdie(dwarf_.get(), address, &unit) != nullptr) return true;
  if (!indexed_) index_units();
  for (const Unit& candidate : units_)
    if (address >= candidate.low && address < candidate.high)
      return dwarf_offdie(dwarf_.get(), candidate.offset, &unit) != nullptr;
  return false;
}

void DebugInfo::index_units() {
  indexed_ = true;
  Dwarf_Off offset = 0, next = 0;
  std::size_t header = 0;
  while (units_.size() < kMaxUnits &&
         dwarf_nextcu(dwarf_.get(), offset, &next, &header, nullptr, nullptr, nullptr) == 0 && next > offset) {
    Dwarf_Die unit{};
    Dwarf_Addr base = 0, low = 0, high = 0;
    std::ptrdiff_t at = 0;
    if (dwarf_offdie(dwarf_.get(), offset + header, &unit) != nullptr)
      while (units_.size() < kMaxUnits && (at = dwarf_ranges(&unit, at, &base, &low, &high)) > 0)
        units_.push_back({low, high, offset + header});
    offset = next;
  }
  units_.shrink_to_fit();
}

bool DebugInfo::may_read_lines(Dwarf_Die& unit) const {
  Dwarf_Attribute attribute{};
  Dwarf_Word offset = 0;
  if (dwarf_attr(&unit, DW_AT_stmt_list, &attribute) == nullptr || dwarf_formudata(&attribute, &offset) != 0)
    return false;
  if (lines_.empty()) return true;  // unpacked, so small
  ByteReader reader(lines_, offset);
  const auto length = reader.value<std::uint32_t>();
  return reader.ok() && length <= kMaxLineProgram;
}

void DebugInfo::add_line(Dwarf_Die& unit, std::uint64_t address, Place& place) const {
  Dwarf_Line* const line = dwarf_getsrc_die(&unit, address);
  int number = 0;
  if (line == nullptr || dwarf_lineno(line, &number) != 0) return;
  const char* const file = dwarf_linesrc(line, nullptr, nullptr);
  place.file = file ? file : "";
  place.line = to_line(number);
}

std::size_t DebugInfo::memory() const { return unpacked_ + kept_ + units_.capacity() * sizeof(Unit); }

}  // namespace loopstall
