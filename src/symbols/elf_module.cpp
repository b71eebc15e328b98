#include "symbols/elf_module.h"

#include <fmt/format.h>

#include "symbols/demangle.h"
#include "symbols/mini_debug_info.h"
#include "target/text.h"

namespace loopstall {

namespace {

// The system's libraries and the Python interpreter are nobody's culprit: their names tell enough. Lines of glibc alone
// would cost 200 ms and 9 MB to unpack, where its debug symbols are installed.
bool has_lines_of_interest(std::string_view path) {
  const std::string_view name = basename_of(path);
  return !path.starts_with("/lib") && !path.starts_with("/usr/lib") && !name.starts_with("libpython") &&
         !name.starts_with("python3");
}

}  // namespace

std::unique_ptr<ElfModule> ElfModule::make(ElfBytes bytes, std::string path, DebugFile debug_file) {
  std::unique_ptr<ElfModule> module(new ElfModule(std::move(bytes), std::move(path), std::move(debug_file)));
  return module->image_ ? std::move(module) : nullptr;
}

ElfModule::ElfModule(ElfBytes bytes, std::string path, DebugFile debug_file)
    : bytes_(std::move(bytes)),
      image_(ElfImage::parse(bytes_.bytes())),
      path_(std::move(path)),
      find_debug_file_(std::move(debug_file)) {}

const ElfImage* ElfModule::debug_image() {
  if (!looked_for_debug_file_ && find_debug_file_)
    if (auto found = find_debug_file_(*image_)) debug_file_.emplace(std::move(*found));
  if (!looked_for_debug_file_ && debug_file_) debug_image_ = ElfImage::parse(debug_file_->bytes());
  looked_for_debug_file_ = true;
  return debug_image_ ? &*debug_image_ : nullptr;
}

CfiTable::Found ElfModule::find_cfi(std::uint64_t address, CfiEntry& entry) {
  if (!eh_frame_) eh_frame_ = std::make_unique<CfiTable>(CfiTable::eh_frame(*image_));
  const auto found = eh_frame_->find(address, entry);
  if (found != CfiTable::Found::No) return found;
  if (!debug_frame_) debug_frame_ = std::make_unique<CfiTable>(CfiTable::debug_frame(plain_debug_frame()));
  entry = {};
  return debug_frame_->find(address, entry);
}

// A compressed one is left alone: who compresses debug information has .eh_frame as well.
Bytes ElfModule::plain_debug_frame() {
  for (const ElfImage* image : {static_cast<const ElfImage*>(&*image_), debug_image()}) {
    const auto* section = image ? image->section(".debug_frame") : nullptr;
    if (section && (section->header.sh_flags & SHF_COMPRESSED) == 0) return image->contents(*section);
  }
  return {};
}

const std::vector<SymbolTable>& ElfModule::symbol_tables() {
  if (!symbols_) {
    read_symbols();
    forget_pages();  // an index was made of all names; a look needs few
  }
  return *symbols_;
}

void ElfModule::forget_pages() const {
  if (bytes_.file) bytes_.file->forget();
  if (debug_file_) debug_file_->forget();
}

void ElfModule::read_symbols() {
  symbols_.emplace();
  symbols_->emplace_back(*image_, SHT_SYMTAB);
  if (!symbols_->back().empty()) return;
  if (const ElfImage* debug = debug_image()) symbols_->emplace_back(*debug, SHT_SYMTAB);
  mini_ = unpack_mini_debug_info(image_->contents(".gnu_debugdata"));
  if (const auto mini = ElfImage::parse(mini_)) symbols_->emplace_back(*mini, SHT_SYMTAB);
  symbols_->emplace_back(*image_, SHT_DYNSYM);
}

std::optional<Symbol> ElfModule::symbol(std::uint64_t address) {
  for (const auto& table : symbol_tables()) {
    auto found = table.find(address);
    if (!found) continue;
    // Assembly that does not say its size ends where the next function is known to begin.
    CfiEntry entry;
    const bool other =
        found->size == 0 && find_cfi(address, entry) == CfiTable::Found::Yes && entry.begin > found->begin;
    if (!other) return found;
  }
  return std::nullopt;
}

DebugInfo* ElfModule::debug_info(SymbolLosses& losses) {
  if (looked_for_debug_info_) return debug_info_.get();
  looked_for_debug_info_ = true;
  if (!has_lines_of_interest(path_)) return nullptr;
  bool refused = false;
  if (bytes_.file) debug_info_ = DebugInfo::open(bytes_.file->writable(), *image_, refused);
  if (!debug_info_ && !refused && debug_image() != nullptr)
    debug_info_ = DebugInfo::open(debug_file_->writable(), *debug_image_, refused);
  if (refused) ++losses.debug_info_refused;
  return debug_info_.get();
}

std::string ElfModule::offset_name(std::uint64_t address) {
  CfiEntry entry;
  const bool known = find_cfi(address, entry) == CfiTable::Found::Yes;
  return fmt::format("{}!+{:#x}", basename_of(path_), known ? entry.begin : address);
}

void ElfModule::describe(std::uint64_t address, Stack& stack, SymbolLosses& losses) {
  const auto own = symbol(address);
  DebugInfo* const info = debug_info(losses);
  auto places = info ? info->places(address) : std::vector<DebugInfo::Place>();
  if (places.empty()) places.emplace_back();
  if (own) places.back().function = own->name;
  if (places.back().function.empty()) ++losses.no_symbol;
  for (const auto& place : places) {
    Frame frame;
    frame.function = place.function.empty() ? offset_name(address) : demangle(place.function);
    frame.file = place.file;
    frame.line = place.line;
    frame.first_line = place.first_line;
    frame.module = path_;
    frame.inlined = place.inlined;
    stack.push_back(std::move(frame));
  }
}

std::size_t ElfModule::memory() const {
  std::size_t sum = mini_.capacity();
  if (eh_frame_) sum += eh_frame_->memory();
  if (debug_frame_) sum += debug_frame_->memory();
  if (symbols_)
    for (const auto& table : *symbols_) sum += table.memory();
  return sum + (debug_info_ ? debug_info_->memory() : 0);
}

void ElfModule::release() {
  eh_frame_.reset();
  debug_frame_.reset();
  symbols_.reset();
  mini_ = {};
  debug_info_.reset();
  looked_for_debug_info_ = false;
  forget_pages();
}

}  // namespace loopstall
