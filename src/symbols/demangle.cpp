#include "symbols/demangle.h"

#include <cxxabi.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string_view>

#include "target/text.h"

namespace loopstall {
namespace {

constexpr std::size_t kMaxMangled = 4096;  // abi::__cxa_demangle recurses; hostile names are longer than real ones

// ".cold" and the like come after the mangled name, which itself has no dot (Rust legacy names have, inside).
std::string_view without_suffix(std::string_view name) {
  for (const std::string_view suffix :
       {".cold", ".part.", ".isra.", ".constprop.", ".llvm.", ".lto_priv.", ".localalias"})
    if (const auto at = name.find(suffix); at != name.npos && at > 0) name = name.substr(0, at);
  return name;
}

struct Escape {
  std::string_view code, text;
};
// rustc's legacy scheme, compiler/rustc_symbol_mangling/src/legacy.rs
constexpr std::array<Escape, 9> kEscapes{
    {{"SP", "@"}, {"BP", "*"}, {"RF", "&"}, {"LT", "<"}, {"GT", ">"}, {"LP", "("}, {"RP", ")"}, {"C", ","}, {"", "$"}}};

std::string unescaped(std::string_view code) {
  for (const auto& escape : kEscapes)
    if (escape.code == code) return std::string(escape.text);
  const auto point = code.starts_with('u') ? parse_number<unsigned>(code.substr(1), 16) : std::nullopt;
  if (point && *point >= 0x20 && *point < 0x7f) return std::string(1, static_cast<char>(*point));
  return '$' + std::string(code) + '$';
}

std::string unescape_rust(std::string_view name) {
  std::string result;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto close = name[i] == '$' ? name.find('$', i + 1) : name.npos;
    if (close != name.npos) {
      result += unescaped(name.substr(i + 1, close - i - 1));
      i = close;
    } else if (name.substr(i).starts_with("..")) {
      result += "::";
      ++i;
    } else if (!(name[i] == '_' && name.substr(i + 1).starts_with('$') && (i == 0 || name[i - 1] == ':'))) {
      result += name[i];  // the underscore before an escape only makes the identifier valid
    }
  }
  return result;
}

// "path::to::function::h0123456789abcdef"
std::optional<std::string> rust_legacy(std::string_view demangled) {
  constexpr std::size_t kHash = 2 + 1 + 16;
  if (demangled.size() <= kHash) return std::nullopt;
  const auto hash = demangled.substr(demangled.size() - kHash);
  if (!hash.starts_with("::h") || hash.find_first_not_of("0123456789abcdef", 3) != hash.npos) return std::nullopt;
  return unescape_rust(demangled.substr(0, demangled.size() - kHash));
}

}  // namespace

std::string demangle(const std::string& name) {
  const std::string plain(without_suffix(name));
  if (plain.size() > kMaxMangled) return plain;
  if (plain.starts_with("_R")) {
    auto rust = demangle_rust_v0(plain);
    return rust.empty() ? plain : rust;
  }
  if (!plain.starts_with("_Z")) return plain;
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(abi::__cxa_demangle(plain.c_str(), nullptr, nullptr, &status),
                                                         &std::free);
  if (status != 0 || !text) return plain;
  return rust_legacy(text.get()).value_or(text.get());
}

}  // namespace loopstall
