#include "runtimes/python_image.h"

#include "runtimes/evidence.h"
#include "target/text.h"

namespace loopstall {
namespace {

constexpr std::size_t kMapsLimit = 4 << 20;
constexpr std::uint64_t kTypeName = 24;  // tp_name of a PyTypeObject

// "7f2a5c021000-7f2a5c022000 r--p 00001000 fe:00 1234   /usr/lib/libpython3.9.so.1.0"
std::optional<FileMapping> parse_mapping(std::string_view line) {
  const auto words = split_words(line);
  if (words.size() < 6 || !words[5].starts_with('/')) return std::nullopt;
  const auto range = split_at(words[0], '-');
  if (range.size() != 2) return std::nullopt;
  const auto begin = parse_number<std::uint64_t>(range[0], 16), end = parse_number<std::uint64_t>(range[1], 16);
  const auto offset = parse_number<std::uint64_t>(words[2], 16), inode = parse_number<std::uint64_t>(words[4]);
  if (!begin || !end || !offset || !inode) return std::nullopt;
  return FileMapping{*begin,
                     *end,
                     *offset,
                     *inode,
                     words[1].size() > 2 && words[1][2] == 'x',
                     std::string(line.substr(line.find('/')))};
}

bool is_libpython(std::string_view path) {
  const auto name = basename_of(path);
  return name.starts_with("libpython3.") && name.size() > 11 && name[11] >= '0' && name[11] <= '9';
}

std::vector<FileMapping> python_mappings(const ProcFs& proc, const ProcessInfo& process) {
  std::vector<FileMapping> library, executable;
  const auto exe = read_link(proc.path(process.pid, "exe"));  // with " (deleted)", as maps has it
  for (auto& mapping : file_mappings(proc, process.pid)) {
    if (is_libpython(mapping.path))
      library.push_back(std::move(mapping));
    else if (mapping.path == exe)
      executable.push_back(std::move(mapping));
  }
  return library.empty() ? executable : library;
}

// Two mappings may hold the same page of a file; the type's name tells which is right.
std::optional<std::uint64_t> load_bias(const TargetMemory& memory, const ElfFile& elf,
                                       const std::vector<FileMapping>& mappings) {
  const auto symbol = elf.exported("PyCode_Type");
  const auto offset = symbol ? elf.offset_of(symbol->st_value) : std::nullopt;
  if (!offset) return std::nullopt;
  for (const auto& m : mappings) {
    if (*offset < m.offset || *offset - m.offset >= m.end - m.begin) continue;
    const std::uint64_t type = m.begin + (*offset - m.offset);
    const auto name = memory.value<std::uint64_t>(type + kTypeName);
    if (name && memory.bytes(*name, 5) == std::string("code\0", 5)) return type - symbol->st_value;
  }
  return std::nullopt;
}

std::optional<ElfFile> open_python(const ProcFs& proc, int pid, const FileMapping& mapping) {
  if (auto elf = open_mapped(proc, pid, mapping)) return elf;
  return is_libpython(mapping.path) ? open_library(proc, pid, mapping.path) : open_exe(proc, pid);
}

}  // namespace

std::vector<FileMapping> file_mappings(const ProcFs& proc, int pid) {
  std::vector<FileMapping> found;
  const auto text = read_text(proc.path(pid, "maps"), kMapsLimit).value_or("");
  for (const auto line : split_at(text, '\n'))
    if (auto mapping = parse_mapping(line)) found.push_back(std::move(*mapping));
  return found;
}

std::optional<ElfFile> open_mapped(const ProcFs& proc, int pid, const FileMapping& mapping) {
  return ElfFile::open(TargetFile::mapped(proc, pid, mapping.begin, mapping.end));
}

std::uint64_t PythonImage::address(std::string_view name) const {
  const auto symbol = elf.exported(name);
  return symbol ? bias + symbol->st_value : 0;
}

Result<PythonImage> find_python_image(const ProcFs& proc, const ProcessInfo& process, const TargetMemory& memory) {
  auto mappings = python_mappings(proc, process);
  auto elf = mappings.empty() ? std::nullopt : open_python(proc, process.pid, mappings.front());
  if (!elf) return fail("its program file can not be read");
  const auto bias = load_bias(memory, *elf, mappings);
  if (!bias) return fail("it does not export _PyRuntime and PyCode_Type");
  return PythonImage{std::move(*elf), *bias, std::move(mappings)};
}

}  // namespace loopstall
