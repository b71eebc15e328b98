#include "target/elf_file.h"

#include <gnu/libc-version.h>

#include <cstring>

#include "base/clock.h"
#include "base/units.h"
#include "catch.h"
#include "target/text.h"
#include "unit/target/fake_proc.h"

using namespace loopstall;

namespace {

// The C library that this test runs on: a real ELF file that is always there.
std::optional<ElfFile> libc() {
  const ProcFs proc;
  const int self = std::stoi(read_link("/proc/self"));
  for (const auto& path : proc.mapped_files(self))
    if (basename_of(path).starts_with("libc.so")) return ElfFile::open(TargetFile::in_root(proc, self, path));
  return std::nullopt;
}

std::optional<ElfFile> parse(const FakeProc& fake, std::string_view bytes) {
  fake.write("3/root/x", bytes);
  return ElfFile::open(TargetFile::in_root(fake.proc(), 3, "/x"));
}

void use_everything(const ElfFile& elf) {
  for (const char* section : {".rodata", ".dynsym", ".gnu.hash", ".strtab", ""}) elf.search(section, "needle", 1 << 20);
  for (const char* symbol : {"malloc", "Py_Version", ""}) {
    const auto found = elf.exported(symbol);
    if (found) elf.offset_of(found->st_value);
  }
  for (const std::uint64_t address : {0ULL, 0x400000ULL, ~0ULL}) elf.offset_of(address);
}

}  // namespace

TEST_CASE("exported symbols of the C library") {
  const auto elf = libc();
  REQUIRE(elf);
  CHECK(elf->exported("malloc"));
  CHECK(elf->exported("gnu_get_libc_version"));
  CHECK_FALSE(elf->exported("mallo"));
  CHECK_FALSE(elf->exported("Py_Version"));
  CHECK(elf->section(".rodata"));
  CHECK_FALSE(elf->section(".nosuch"));
}

TEST_CASE("strings of the C library, and the bytes at an address") {
  const auto elf = libc();
  REQUIRE(elf);
  CHECK(elf->search(".rodata", std::string("release version ") + gnu_get_libc_version(), ~0ULL));
  CHECK_FALSE(elf->search(".rodata", "no such thing in any C library", ~0ULL));
  CHECK(elf->offset_of(0) == 0U);  // a shared object's first segment
  CHECK_FALSE(elf->offset_of(~0ULL));
}

TEST_CASE("what is no 64-bit little-endian ELF file is refused") {
  FakeProc fake;
  CHECK_FALSE(parse(fake, ""));
  CHECK_FALSE(parse(fake, "#!/bin/sh\n"));
  CHECK_FALSE(parse(fake, std::string(4096, '\x7f')));
  std::string header = libc()->file().text(0, 4096);
  header[EI_CLASS] = ELFCLASS32;
  CHECK_FALSE(parse(fake, header));
  CHECK_FALSE(ElfFile::open(std::nullopt));
}

TEST_CASE("a truncated ELF file finds nothing and harms nobody") {
  FakeProc fake;
  const std::string whole = libc()->file().text(0, 64 * 1024);
  for (const std::size_t size : {63, 64, 65, 100, 1000, 4096, 40'000})
    if (const auto elf = parse(fake, whole.substr(0, size))) use_everything(*elf);
}

TEST_CASE("header fields that point anywhere are harmless and cheap") {
  FakeProc fake;
  const auto real = libc();
  const std::string whole = real->file().text(0, real->file().size());
  Elf64_Ehdr header{};
  std::memcpy(&header, whole.data(), sizeof header);
  const std::uint64_t sections = header.e_shoff;
  const auto hash = *real->section(".gnu.hash");
  std::uint32_t seed = 12345;
  const auto random = [&] { return seed = seed * 1664525 + 1013904223; };
  const auto started = monotonic_ns();
  for (int round = 0; round < 60; ++round) {
    std::string broken = whole;
    for (int i = 0; i < 40; ++i) {
      const std::uint64_t starts[] = {16, 64, sections, hash.offset};
      const std::uint64_t lengths[] = {48, 800, broken.size() - sections, 4096};
      const auto area = random() >> 8 & 3;
      const auto value = static_cast<char>(random() >> 16 & 1 ? 0xff : random() >> 8);
      broken[starts[area] + (random() >> 4) % lengths[area]] = value;
    }
    if (const auto elf = parse(fake, broken)) use_everything(*elf);
  }
  CHECK(monotonic_ns() - started < 20 * kSecond);
}
