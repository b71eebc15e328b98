// A file of the target, mapped: no copy, and only the pages that were looked at are in memory. Whoever owns the file
// may truncate it at any moment (cp over a library in use does), which makes reading the mapping raise SIGBUS. A
// handler then puts a page of zeros in its place, as systemd's sigbus.c does it; what was read is garbage, which every
// reader here has to expect anyway.
#pragma once

#include <optional>

#include "symbols/bytes.h"
#include "target/target_file.h"

namespace loopstall {

class MappedFile {
 public:
  // nullopt: empty, or no room in the address space or in the handler's table.
  static std::optional<MappedFile> map(const TargetFile& file);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();

  Bytes bytes() const { return {data_, size_}; }
  // The pages may be overwritten in memory, until forget(); the file never changes.
  std::span<std::byte> writable() { return {data_, size_}; }
  // Gives the memory of the pages back; they are read again when needed.
  void forget() const;

 private:
  MappedFile(std::byte* data, std::size_t size, std::size_t slot) : data_(data), size_(size), slot_(slot) {}
  std::byte* data_;
  std::size_t size_;
  std::size_t slot_;
};

}  // namespace loopstall
