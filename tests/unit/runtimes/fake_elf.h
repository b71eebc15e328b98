// A minimal 64-bit ELF file with the given sections, enough to search them.
#pragma once

#include <elf.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace loopstall {

inline std::string fake_elf(const std::vector<std::pair<std::string, std::string>>& contents) {
  std::string names(1, '\0'), data;
  std::vector<Elf64_Shdr> headers(1);
  const auto add = [&](const std::string& name, const std::string& bytes) {
    Elf64_Shdr header{};
    header.sh_name = static_cast<Elf64_Word>(names.size());
    header.sh_type = SHT_PROGBITS;
    header.sh_offset = sizeof(Elf64_Ehdr) + data.size();
    header.sh_size = bytes.size();
    names += name + '\0';
    data += bytes;
    headers.push_back(header);
  };
  for (const auto& [name, bytes] : contents) add(name, bytes);
  add(".shstrtab", "");
  headers.back().sh_size = names.size();
  data += names;

  Elf64_Ehdr elf{};
  std::memcpy(elf.e_ident, ELFMAG, SELFMAG);
  elf.e_ident[EI_CLASS] = ELFCLASS64;
  elf.e_ident[EI_DATA] = ELFDATA2LSB;
  elf.e_shoff = sizeof elf + data.size();
  elf.e_shentsize = sizeof(Elf64_Shdr);
  elf.e_shnum = static_cast<Elf64_Half>(headers.size());
  elf.e_shstrndx = static_cast<Elf64_Half>(headers.size() - 1);
  const std::string head(reinterpret_cast<const char*>(&elf), sizeof elf);
  return head + data + std::string(reinterpret_cast<const char*>(headers.data()), headers.size() * sizeof headers[0]);
}

}  // namespace loopstall
