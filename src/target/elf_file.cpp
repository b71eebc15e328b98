#include "target/elf_file.h"

#include <algorithm>
#include <cstring>

namespace loopstall {
namespace {

// Caps far above any real program (node has 41 sections and 12 segments) and far below harm.
constexpr std::size_t kMaxHeaders = 4096;
constexpr std::size_t kMaxNames = 256 * 1024;
constexpr std::uint32_t kMaxChain = 4096;

bool supported(const Elf64_Ehdr& h) {
  return std::memcmp(h.e_ident, ELFMAG, SELFMAG) == 0 && h.e_ident[EI_CLASS] == ELFCLASS64 &&
         h.e_ident[EI_DATA] == ELFDATA2LSB;
}

template <class T>
std::vector<T> read_table(const TargetFile& file, std::uint64_t offset, std::size_t count, std::size_t entry_size) {
  if (entry_size != sizeof(T)) return {};
  std::vector<T> table(std::min(count, kMaxHeaders));
  table.resize(file.read(offset, table.data(), table.size() * sizeof(T)) / sizeof(T));
  return table;
}

// The hash of .gnu.hash, by the ABI's definition.
std::uint32_t gnu_hash(std::string_view name) {
  std::uint32_t hash = 5381;
  for (const char c : name) hash = hash * 33 + static_cast<unsigned char>(c);
  return hash;
}

// Layout of .gnu.hash: this header, bloom words of 8 bytes, a u32 per bucket, a u32 per symbol from first_symbol.
struct GnuHashHeader {
  std::uint32_t buckets, first_symbol, bloom_words, bloom_shift;
};

class ExportTable {
 public:
  ExportTable(const TargetFile& file, ElfFile::Section hash, ElfFile::Section symbols, ElfFile::Section strings)
      : file_(file), hash_(hash), symbols_(symbols), strings_(strings) {}

  std::optional<Elf64_Sym> find(std::string_view name) const {
    GnuHashHeader header{};
    if (!file_.read_value(hash_.offset, header) || header.buckets == 0) return std::nullopt;
    const std::uint64_t buckets = hash_.offset + sizeof header + 8ULL * header.bloom_words;
    const std::uint64_t chains = buckets + 4ULL * header.buckets;
    const std::uint32_t hash = gnu_hash(name);
    std::uint32_t index = 0;
    if (!file_.read_value(buckets + 4ULL * (hash % header.buckets), index) || index < header.first_symbol)
      return std::nullopt;
    return walk(chains, header.first_symbol, index, hash, name);
  }

 private:
  // A chain lists the hashes of one bucket's symbols; bit 0 marks the last.
  std::optional<Elf64_Sym> walk(std::uint64_t chains, std::uint32_t first, std::uint32_t index, std::uint32_t hash,
                                std::string_view name) const {
    for (std::uint32_t step = 0; step < kMaxChain; ++step, ++index) {
      std::uint32_t entry = 0;
      if (!file_.read_value(chains + 4ULL * (index - first), entry)) break;
      if ((entry | 1) == (hash | 1))
        if (const auto symbol = symbol_named(index, name)) return symbol;
      if (entry & 1) break;
    }
    return std::nullopt;
  }

  std::optional<Elf64_Sym> symbol_named(std::uint32_t index, std::string_view name) const {
    Elf64_Sym symbol{};
    const std::uint64_t offset = std::uint64_t{index} * sizeof symbol;
    if (offset >= symbols_.size || !file_.read_value(symbols_.offset + offset, symbol)) return std::nullopt;
    if (symbol.st_shndx == SHN_UNDEF || symbol.st_name >= strings_.size) return std::nullopt;
    const auto found = file_.text(strings_.offset + symbol.st_name, name.size() + 1);
    if (found.size() != name.size() + 1 || found.back() != '\0' || !found.starts_with(name)) return std::nullopt;
    return symbol;
  }

  const TargetFile& file_;
  ElfFile::Section hash_, symbols_, strings_;
};

}  // namespace

std::optional<ElfFile> ElfFile::open(std::optional<TargetFile> file) {
  if (!file) return std::nullopt;
  ElfFile elf(std::move(*file));
  return elf.read_tables() ? std::optional(std::move(elf)) : std::nullopt;
}

bool ElfFile::read_tables() {
  Elf64_Ehdr header{};
  if (!file_.read_value(0, header) || !supported(header)) return false;
  segments_ = read_table<Elf64_Phdr>(file_, header.e_phoff, header.e_phnum, header.e_phentsize);
  sections_ = read_table<Elf64_Shdr>(file_, header.e_shoff, header.e_shnum, header.e_shentsize);
  if (header.e_shstrndx < sections_.size()) {
    const auto strings = bounded(sections_[header.e_shstrndx]);
    names_ = file_.text(strings.offset, std::min<std::uint64_t>(strings.size, kMaxNames));
  }
  return true;
}

std::string_view ElfFile::section_name(std::uint32_t offset) const {
  if (offset >= names_.size()) return {};
  const std::string_view rest = std::string_view(names_).substr(offset);
  return rest.substr(0, rest.find('\0'));
}

ElfFile::Section ElfFile::bounded(const Elf64_Shdr& header) const {
  if (header.sh_type == SHT_NOBITS || header.sh_offset >= file_.size()) return {};
  return {header.sh_offset, std::min(header.sh_size, file_.size() - header.sh_offset)};
}

std::optional<ElfFile::Section> ElfFile::section(std::string_view name) const {
  for (const auto& header : sections_)
    if (section_name(header.sh_name) == name) return bounded(header);
  return std::nullopt;
}

std::optional<Elf64_Sym> ElfFile::exported(std::string_view name) const {
  const auto hash = section(".gnu.hash"), symbols = section(".dynsym"), strings = section(".dynstr");
  if (!hash || !symbols || !strings) return std::nullopt;
  return ExportTable(file_, *hash, *symbols, *strings).find(name);
}

std::optional<std::uint64_t> ElfFile::offset_of(std::uint64_t address) const {
  for (const auto& segment : segments_)
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz)
      return segment.p_offset + (address - segment.p_vaddr);
  return std::nullopt;
}

std::optional<std::uint64_t> ElfFile::search(std::string_view name, std::string_view pattern,
                                             std::uint64_t limit) const {
  const auto found = section(name);
  return found ? file_.search(found->offset, std::min(found->size, limit), pattern) : std::nullopt;
}

}  // namespace loopstall
