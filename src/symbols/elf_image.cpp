#include "symbols/elf_image.h"

#include <fmt/format.h>

#include <algorithm>

namespace loopstall {
namespace {

constexpr std::size_t kMaxHeaders = 4096;  // the biggest real programs have about 50
constexpr std::size_t kMaxSectionName = 128;
constexpr std::uint64_t kMaxBuildId = 64;

bool supported(const Elf64_Ehdr& h) {
  return std::memcmp(h.e_ident, ELFMAG, SELFMAG) == 0 && h.e_ident[EI_CLASS] == ELFCLASS64 &&
         h.e_ident[EI_DATA] == ELFDATA2LSB;
}

template <class T>
std::vector<T> read_table(Bytes bytes, std::uint64_t offset, std::size_t count, std::size_t entry_size) {
  std::vector<T> table;
  if (entry_size != sizeof(T)) return table;
  ByteReader reader(bytes, offset);
  for (std::size_t i = 0; i < std::min(count, kMaxHeaders); ++i) {
    const T entry = reader.value<T>();
    if (!reader.ok()) break;
    table.push_back(entry);
  }
  return table;
}

// A note: sizes of name and description, type, both padded to four bytes.
std::string build_id_in(Bytes notes) {
  ByteReader reader(notes);
  while (!reader.at_end()) {
    const auto header = reader.value<Elf64_Nhdr>();
    const Bytes name = reader.block((std::uint64_t{header.n_namesz} + 3) & ~3ULL);
    const Bytes text = reader.block((std::uint64_t{header.n_descsz} + 3) & ~3ULL);
    if (!reader.ok()) break;
    if (header.n_type != NT_GNU_BUILD_ID || header.n_namesz != 4 || std::memcmp(name.data(), "GNU", 4) != 0) continue;
    std::string id;
    for (const std::byte b : part_of(text, 0, std::min<std::uint64_t>(header.n_descsz, kMaxBuildId)))
      id += fmt::format("{:02x}", static_cast<unsigned>(b));
    return id;
  }
  return {};
}

bool holds(const Elf64_Phdr& segment, std::uint64_t offset) {
  return segment.p_type == PT_LOAD && offset >= segment.p_offset && offset - segment.p_offset < segment.p_filesz;
}

}  // namespace

std::optional<ElfImage> ElfImage::parse(Bytes bytes) {
  ElfImage image(bytes);
  return image.read_tables() ? std::optional(std::move(image)) : std::nullopt;
}

bool ElfImage::read_tables() {
  ByteReader reader(bytes_);
  const auto header = reader.value<Elf64_Ehdr>();
  if (!reader.ok() || !supported(header)) return false;
  segments_ = read_table<Elf64_Phdr>(bytes_, header.e_phoff, header.e_phnum, header.e_phentsize);
  read_sections(header);
  find_build_id();
  return true;
}

void ElfImage::read_sections(const Elf64_Ehdr& header) {
  const auto headers = read_table<Elf64_Shdr>(bytes_, header.e_shoff, header.e_shnum, header.e_shentsize);
  if (header.e_shstrndx >= headers.size()) return;
  const auto& strings = headers[header.e_shstrndx];
  const Bytes names = part_of(bytes_, strings.sh_offset, strings.sh_size);
  for (const auto& section : headers)
    sections_.push_back({ByteReader(names, section.sh_name).text(kMaxSectionName), section});
}

void ElfImage::find_build_id() {
  for (const auto& segment : segments_)
    if (segment.p_type == PT_NOTE && build_id_.empty())
      build_id_ = build_id_in(part_of(bytes_, segment.p_offset, segment.p_filesz));
  if (build_id_.empty()) build_id_ = build_id_in(contents(".note.gnu.build-id"));
}

const ElfImage::Section* ElfImage::section(std::string_view name) const {
  const auto found = std::find_if(sections_.begin(), sections_.end(), [&](const Section& s) { return s.name == name; });
  return found == sections_.end() ? nullptr : &*found;
}

Bytes ElfImage::contents(const Section& section) const {
  if (section.header.sh_type == SHT_NOBITS) return {};
  return part_of(bytes_, section.header.sh_offset, section.header.sh_size);
}

Bytes ElfImage::contents(std::string_view section_name) const {
  const Section* const found = section(section_name);
  return found ? contents(*found) : Bytes();
}

std::optional<std::uint64_t> ElfImage::address_of(std::uint64_t file_offset) const {
  std::optional<std::uint64_t> address;
  for (const auto& segment : segments_) {
    if (!holds(segment, file_offset)) continue;
    if ((segment.p_flags & PF_X) == 0 && address) continue;
    address = segment.p_vaddr + (file_offset - segment.p_offset);
    if ((segment.p_flags & PF_X) != 0) break;
  }
  return address;
}

Bytes ElfImage::at_address(std::uint64_t address) const {
  for (const auto& segment : segments_)
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz)
      return part_of(part_of(bytes_, segment.p_offset, segment.p_filesz), address - segment.p_vaddr);
  return {};
}

}  // namespace loopstall
