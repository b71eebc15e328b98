#include "symbols/cfi_table.h"

#include <dwarf.h>

#include <algorithm>

namespace loopstall {
namespace {

constexpr std::size_t kMaxIndex = 1'000'000;  // 16 MB; with a search table none is built
constexpr std::size_t kMaxAugmentation = 16;
constexpr std::uint64_t kTableEntry = 8;
constexpr std::uint8_t kTableEncoding = DW_EH_PE_datarel | DW_EH_PE_sdata4;  // what every linker writes

struct Pair {
  std::int32_t code, fde;
};

}  // namespace

CfiTable CfiTable::eh_frame(const ElfImage& image) {
  CfiTable table({}, 0, true);
  if (table.use_search_table(image)) return table;
  if (const auto* section = image.section(".eh_frame"))
    return CfiTable(image.contents(*section), section->header.sh_addr, true);
  return table;
}

CfiTable CfiTable::debug_frame(Bytes section) { return CfiTable(section, 0, false); }

bool CfiTable::use_search_table(const ElfImage& image) {
  for (const auto& segment : image.segments()) {
    if (segment.p_type != PT_GNU_EH_FRAME) continue;
    const Bytes bytes = part_of(image.at_address(segment.p_vaddr), 0, segment.p_memsz);
    ByteReader reader(bytes);
    const auto version = reader.value<std::uint8_t>(), frame_encoding = reader.value<std::uint8_t>(),
               count_encoding = reader.value<std::uint8_t>(), table_encoding = reader.value<std::uint8_t>();
    const std::uint64_t frame = read_encoded(reader, frame_encoding, segment.p_vaddr, segment.p_vaddr);
    const std::uint64_t count = read_encoded(reader, count_encoding, segment.p_vaddr, segment.p_vaddr);
    if (!reader.ok() || version != 1 || table_encoding != kTableEncoding) continue;
    data_ = image.at_address(frame);
    address_ = frame;
    table_ = part_of(bytes, reader.at(), std::min<std::uint64_t>(count, bytes.size()) * kTableEntry);
    table_base_ = segment.p_vaddr;
    return !data_.empty() && table_.size() >= kTableEntry;
  }
  return false;
}

CfiTable::Found CfiTable::find(std::uint64_t address, CfiEntry& entry) {
  const auto offset = search(address);
  if (!offset) return Found::No;
  if (!read_fde(*offset, entry)) return Found::Broken;
  return address >= entry.begin && address - entry.begin < entry.size ? Found::Yes : Found::No;
}

std::optional<std::uint64_t> CfiTable::search(std::uint64_t address) {
  return table_.empty() ? search_index(address) : search_table(address);
}

std::optional<std::uint64_t> CfiTable::search_table(std::uint64_t address) const {
  const auto pair = [&](std::size_t i) { return ByteReader(table_, i * kTableEntry).value<Pair>(); };
  const auto code = [&](std::size_t i) { return table_base_ + static_cast<std::uint64_t>(std::int64_t{pair(i).code}); };
  std::size_t low = 0, high = table_.size() / kTableEntry;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (code(middle) <= address)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == 0) return std::nullopt;
  return table_base_ + static_cast<std::uint64_t>(std::int64_t{pair(low - 1).fde}) - address_;
}

std::optional<std::uint64_t> CfiTable::search_index(std::uint64_t address) {
  if (!indexed_) build_index();
  const auto after = std::upper_bound(index_.begin(), index_.end(), address,
                                      [](std::uint64_t a, const IndexEntry& e) { return a < e.begin; });
  return after == index_.begin() ? std::nullopt : std::optional(std::prev(after)->offset);
}

void CfiTable::build_index() {
  indexed_ = true;
  Header header;
  for (std::uint64_t at = 0; index_.size() < kMaxIndex && read_header(at, header); at = header.end) {
    CfiEntry entry;
    if (!is_cie(header) && read_fde(at, entry)) index_.push_back({entry.begin, at});
  }
  std::sort(index_.begin(), index_.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
  index_.shrink_to_fit();
}

// False at the end of the table, too.
bool CfiTable::read_header(std::uint64_t offset, Header& header) const {
  ByteReader reader(data_, offset);
  std::uint64_t length = reader.value<std::uint32_t>();
  header.wide = length == 0xffffffff;
  if (header.wide) length = reader.value<std::uint64_t>();
  header.id_at = reader.at();
  if (!reader.ok() || length == 0 || length > data_.size() - header.id_at) return false;
  header.end = header.id_at + length;
  header.id = header.wide && !eh_ ? reader.value<std::uint64_t>() : reader.value<std::uint32_t>();
  return reader.ok();
}

bool CfiTable::is_cie(const Header& header) const {
  if (eh_) return header.id == 0;
  return header.id == (header.wide ? ~0ULL : 0xffffffffULL);
}

bool CfiTable::read_fde(std::uint64_t offset, CfiEntry& entry) const {
  Header header;
  if (!read_header(offset, header) || is_cie(header)) return false;
  if (!read_cie(eh_ ? header.id_at - header.id : header.id, entry)) return false;
  ByteReader reader(data_.first(header.end), header.id_at + (header.wide && !eh_ ? 8 : 4));
  entry.begin = read_encoded(reader, entry.encoding, address_, 0);
  entry.size = read_encoded(reader, entry.encoding & 0x0f, 0, 0);
  if (entry.has_augmentation) reader.block(reader.uleb());
  entry.program = reader.ok() ? reader.block(header.end - reader.at()) : Bytes();
  return reader.ok() && entry.begin + entry.size >= entry.begin;
}

bool CfiTable::read_cie(std::uint64_t offset, CfiEntry& entry) const {
  Header header;
  if (!read_header(offset, header) || !is_cie(header)) return false;
  ByteReader reader(data_.first(header.end), header.id_at + (header.wide && !eh_ ? 8 : 4));
  entry.version = reader.value<std::uint8_t>();
  const std::string letters = reader.text(kMaxAugmentation);
  if (entry.version == 4 && (reader.value<std::uint8_t>() != 8 || reader.value<std::uint8_t>() != 0)) return false;
  entry.code_align = reader.uleb();
  entry.data_align = reader.sleb();
  entry.return_register = entry.version == 1 ? reader.value<std::uint8_t>() : reader.uleb();
  if (!read_augmentation(reader, letters, entry)) return false;
  entry.initial = reader.block(header.end - reader.at());
  return reader.ok() && entry.return_register < kRegisterCount;
}

bool CfiTable::read_augmentation(ByteReader& reader, const std::string& letters, CfiEntry& entry) const {
  if (letters.empty()) return reader.ok();
  if (letters.front() != 'z') return false;  // its length is unknown
  entry.has_augmentation = true;
  ByteReader augmentation(reader.block(reader.uleb()));
  for (const char letter : letters.substr(1)) {
    if (letter == 'S') entry.signal_frame = true;
    if (letter == 'R') entry.encoding = augmentation.value<std::uint8_t>();
    if (letter == 'L') augmentation.value<std::uint8_t>();
    if (letter == 'P') read_encoded(augmentation, augmentation.value<std::uint8_t>() & 0x0f, 0, 0);
  }
  return reader.ok() && augmentation.ok();
}

}  // namespace loopstall
