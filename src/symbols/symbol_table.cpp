#include "symbols/symbol_table.h"

#include <algorithm>
#include <tuple>

namespace loopstall {
namespace {

constexpr std::size_t kMaxSymbols = 1'500'000;  // 24 MB; the biggest browsers have about as many, servers a tenth
constexpr std::size_t kMaxName = 4096;
constexpr int kMaxNesting = 32;  // functions that begin inside another (cold parts, labels)
// A symbol without a size ends at the next one, and not farther than this.
constexpr std::uint64_t kMaxUnsized = 4096;

bool is_function(const Elf64_Sym& symbol) {
  const auto type = ELF64_ST_TYPE(symbol.st_info);
  const bool code = type == STT_FUNC || type == STT_GNU_IFUNC || (type == STT_NOTYPE && symbol.st_size == 0);
  return code && symbol.st_shndx != SHN_UNDEF && symbol.st_shndx != SHN_ABS && symbol.st_value != 0;
}

// "read@@GLIBC_2.2.5": .symtab has the version in the name.
std::string without_version(std::string name) {
  if (const auto at = name.find('@'); at != name.npos && at > 0) name.resize(at);
  return name;
}

// Lower is better: no leading underscores, then short, then by the alphabet so that the choice is the same each time.
auto rank(const std::string& name) {
  const auto underscores = std::min(name.find_first_not_of('_'), name.size());
  const bool mangled = name.starts_with("_Z") || name.starts_with("_R");
  return std::tuple(mangled ? 0 : underscores, name.size(), name);
}

}  // namespace

SymbolTable::SymbolTable(const ElfImage& image, std::uint32_t section_type) {
  const auto& sections = image.sections();
  for (const auto& section : sections) {
    if (section.header.sh_type != section_type || section.header.sh_link >= sections.size()) continue;
    names_ = image.contents(sections[section.header.sh_link]);
    ByteReader reader(image.contents(section));
    for (auto symbol = reader.value<Elf64_Sym>(); reader.ok() && entries_.size() < kMaxSymbols;
         symbol = reader.value<Elf64_Sym>())
      add(symbol);
    break;
  }
  sort_and_merge();
}

void SymbolTable::add(const Elf64_Sym& symbol) {
  if (!is_function(symbol) || symbol.st_name == 0 || symbol.st_name >= names_.size()) return;
  const auto first = std::to_integer<char>(names_[symbol.st_name]);
  if (first == '\0' || first == '$') return;  // "$x": arm64's marks between code and data
  const auto size = static_cast<std::uint32_t>(std::min<std::uint64_t>(symbol.st_size, 0xffffffff));
  entries_.push_back({symbol.st_value, size, symbol.st_name});
}

// Names of one function are made one; where sizes differ, the widest sized symbol is the function.
void SymbolTable::sort_and_merge() {
  std::sort(entries_.begin(), entries_.end(),
            [](const Entry& a, const Entry& b) { return std::tuple(a.begin, b.size) < std::tuple(b.begin, a.size); });
  std::size_t kept = 0;
  for (const Entry& entry : entries_) {
    if (kept > 0 && entries_[kept - 1].begin == entry.begin) {
      Entry& known = entries_[kept - 1];
      if (known.size == entry.size && rank(name_of(entry)) < rank(name_of(known))) known.name = entry.name;
    } else {
      entries_[kept++] = entry;
    }
  }
  entries_.resize(kept);
  entries_.shrink_to_fit();
}

std::string SymbolTable::name_of(const Entry& entry) const {
  return without_version(ByteReader(names_, entry.name).text(kMaxName));
}

std::optional<Symbol> SymbolTable::find(std::uint64_t address) const {
  const auto after = std::upper_bound(entries_.begin(), entries_.end(), address,
                                      [](std::uint64_t a, const Entry& e) { return a < e.begin; });
  auto entry = after;
  for (int i = 0; i < kMaxNesting && entry != entries_.begin(); ++i) {
    --entry;
    const std::uint64_t offset = address - entry->begin;
    if (offset < entry->size) return Symbol{name_of(*entry), entry->begin, entry->size};
    if (i == 0 && entry->size == 0 && offset < kMaxUnsized) return Symbol{name_of(*entry), entry->begin, 0};
  }
  return std::nullopt;
}

}  // namespace loopstall
