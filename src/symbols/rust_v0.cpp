// Rust's v0 symbol names: https://rust-lang.github.io/rfcs/2603-rust-symbol-name-mangling-v0.html. Written as rustc's
// own demangler writes them, without crate hashes and lifetimes.
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "symbols/demangle.h"

namespace loopstall {
namespace {

constexpr unsigned kMaxDepth = 128;
constexpr std::size_t kMaxOutput = 4096;  // back references can double the length at each step
constexpr unsigned kMaxSteps = 20'000;

constexpr std::array<std::string_view, 26> kBasicTypes{
    "i8",   "bool", "char", "f64", "str", "f32", "",    "u8", "isize", "usize", "",    "i32", "u32",
    "i128", "u128", "_",    "",    "",    "i16", "u16", "()", "...",   "",      "i64", "u64", "!"};

class Rust {
 public:
  explicit Rust(std::string_view text) : text_(text) {}

  std::string run() {
    while (at_ < text_.size() && digit(text_[at_])) ++at_;  // a future version's number
    path(true);
    return ok_ ? std::move(out_) : std::string();
  }

 private:
  struct Identifier {
    std::uint64_t disambiguator = 0;
    std::string_view name;
  };
  static bool digit(char c) { return c >= '0' && c <= '9'; }

  // One level of the grammar; false, and broken for good, if it goes too deep or on too long.
  class Level {
   public:
    explicit Level(Rust& rust) : rust_(rust) {
      if (++rust_.depth_ > kMaxDepth || ++rust_.steps_ > kMaxSteps || rust_.out_.size() > kMaxOutput) rust_.ok_ = false;
    }
    ~Level() { --rust_.depth_; }
    Level(const Level&) = delete;

   private:
    Rust& rust_;
  };

  char peek() const { return ok_ && at_ < text_.size() ? text_[at_] : '\0'; }
  char next() {
    const char c = peek();
    if (c == '\0')
      ok_ = false;
    else
      ++at_;
    return c;
  }
  bool eat(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void put(std::string_view text) {
    if (!silent_) out_ += text;
  }
  std::uint64_t base62();
  std::uint64_t decimal();
  std::uint64_t optional_base62(char tag) { return eat(tag) ? base62() + 1 : 0; }
  Identifier identifier();
  std::string_view plain_identifier();

  void path(bool value);
  void nested_path(bool value);
  void impl_path();
  void self_and_trait(bool with_trait);
  void generic_arguments();
  void type();
  void pointer(std::string_view prefix);
  void reference(std::string_view prefix);
  void tuple();
  void function();
  void trait_object();
  void bound();
  void constant();
  void integer(char kind);
  template <class Parse>
  void back_reference(Parse parse);
  template <class Parse>
  std::size_t list(std::string_view separator, Parse parse);

  std::string_view text_;
  std::size_t at_ = 0;
  std::string out_;
  bool ok_ = true, silent_ = false;
  unsigned depth_ = 0, steps_ = 0;
};

// "_" is 0, "0_" is 1, ...
std::uint64_t Rust::base62() {
  std::uint64_t value = 0;
  if (eat('_')) return 0;
  for (char c = next(); ok_ && c != '_'; c = next()) {
    value *= 62;
    if (digit(c))
      value += static_cast<std::uint64_t>(c - '0');
    else if (c >= 'a' && c <= 'z')
      value += static_cast<std::uint64_t>(c - 'a') + 10;
    else if (c >= 'A' && c <= 'Z')
      value += static_cast<std::uint64_t>(c - 'A') + 36;
    else
      ok_ = false;
  }
  return value + 1;
}

std::uint64_t Rust::decimal() {
  std::uint64_t value = 0;
  if (!digit(peek())) ok_ = false;
  if (eat('0')) return 0;
  while (digit(peek()) && value < text_.size()) value = value * 10 + static_cast<std::uint64_t>(next() - '0');
  return value;
}

// Names with other than ASCII letters ("u") stay in their punycode.
std::string_view Rust::plain_identifier() {
  eat('u');
  const std::uint64_t length = decimal();
  eat('_');
  if (!ok_ || length > text_.size() - at_) {
    ok_ = false;
    return {};
  }
  const auto name = text_.substr(at_, static_cast<std::size_t>(length));
  at_ += name.size();
  return name;
}

Rust::Identifier Rust::identifier() {
  const std::uint64_t disambiguator = optional_base62('s');
  return {disambiguator, plain_identifier()};
}

template <class Parse>
void Rust::back_reference(Parse parse) {
  const std::size_t from = at_ - 1;
  const std::uint64_t to = base62();
  if (!ok_ || to >= from) {
    ok_ = false;
    return;
  }
  if (silent_) return;  // what it refers to was read before
  const std::size_t resume = at_;
  at_ = static_cast<std::size_t>(to);
  parse();
  at_ = resume;
}

template <class Parse>
std::size_t Rust::list(std::string_view separator, Parse parse) {
  std::size_t count = 0;
  for (; ok_ && !eat('E'); ++count) {
    if (count > 0) put(separator);
    parse();
  }
  return count;
}

void Rust::path(bool value) {
  const Level level(*this);
  switch (next()) {
    case 'C':
      return put(identifier().name);
    case 'N':
      return nested_path(value);
    case 'M':
      return impl_path(), self_and_trait(false);
    case 'X':
      return impl_path(), self_and_trait(true);
    case 'Y':
      return self_and_trait(true);
    case 'I':
      path(value);
      if (value) put("::");
      return generic_arguments();
    case 'B':
      return back_reference([&] { path(value); });
    default:
      ok_ = false;
  }
}

void Rust::nested_path(bool value) {
  const char space = next();
  path(value);
  const Identifier id = identifier();
  if (space >= 'A' && space <= 'Z') {
    put(space == 'C' ? "::{closure" : space == 'S' ? "::{shim" : "::{");
    if (space != 'C' && space != 'S') put(std::string_view(&space, 1));
    if (!id.name.empty()) put(":"), put(id.name);
    put("#" + std::to_string(id.disambiguator) + "}");
  } else if (!id.name.empty()) {
    put("::"), put(id.name);
  }
}

// Where the impl block stands; nobody wants to read it.
void Rust::impl_path() {
  const bool before = silent_;
  silent_ = true;
  optional_base62('s');
  path(false);
  silent_ = before;
}

void Rust::self_and_trait(bool with_trait) {
  put("<");
  type();
  if (with_trait) put(" as "), path(false);
  put(">");
}

void Rust::generic_arguments() {
  put("<");
  list(", ", [&] {
    if (eat('L'))
      base62(), put("'_");
    else if (eat('K'))
      constant();
    else
      type();
  });
  put(">");
}

void Rust::type() {
  const Level level(*this);
  const char tag = peek();
  if (tag >= 'a' && tag <= 'z') {
    const auto name = kBasicTypes[static_cast<std::size_t>(next() - 'a')];
    ok_ = ok_ && !name.empty();
    return put(name);
  }
  if (eat('R')) return reference("&");
  if (eat('Q')) return reference("&mut ");
  if (eat('P')) return pointer("*const ");
  if (eat('O')) return pointer("*mut ");
  if (eat('S')) return put("["), type(), put("]");
  if (eat('A')) return put("["), type(), put("; "), constant(), put("]");
  if (eat('T')) return tuple();
  if (eat('F')) return function();
  if (eat('D')) return trait_object();
  if (eat('B')) return back_reference([&] { type(); });
  path(false);
}

void Rust::pointer(std::string_view prefix) {
  put(prefix);
  type();
}

void Rust::reference(std::string_view prefix) {
  if (eat('L')) base62();
  pointer(prefix);
}

void Rust::tuple() {
  put("(");
  if (list(", ", [&] { type(); }) == 1) put(",");
  put(")");
}

void Rust::function() {
  optional_base62('G');
  if (eat('U')) put("unsafe ");
  if (eat('K')) {
    put("extern \"");
    put(eat('C') ? std::string_view("C") : plain_identifier());
    put("\" ");
  }
  put("fn(");
  list(", ", [&] { type(); });
  put(")");
  if (eat('u')) return;
  put(" -> ");
  type();
}

void Rust::trait_object() {
  put("dyn ");
  optional_base62('G');
  list(" + ", [&] { bound(); });
  if (eat('L'))
    base62();
  else
    ok_ = false;
}

// A trait, and what its associated types are: among its parameters, if it has any.
void Rust::bound() {
  path(false);
  if (peek() != 'p') return;
  const bool parameters = !silent_ && out_.ends_with('>');
  if (parameters) out_.pop_back();
  for (bool first = !parameters; eat('p'); first = false) {
    put(first ? "<" : ", ");
    put(plain_identifier());
    put(" = ");
    type();
  }
  put(">");
}

void Rust::constant() {
  const Level level(*this);
  if (eat('p')) return put("_");
  if (eat('B')) return back_reference([&] { constant(); });
  integer(next());
}

void Rust::integer(char kind) {
  if (eat('n')) put("-");
  std::uint64_t value = 0;
  const std::size_t begin = at_;
  for (char c = next(); ok_ && c != '_'; c = next()) {
    value = value * 16 + static_cast<std::uint64_t>(digit(c) ? c - '0' : c - 'a' + 10);
    ok_ = ok_ && (digit(c) || (c >= 'a' && c <= 'f'));
  }
  if (!ok_) return;
  const std::string_view digits = text_.substr(begin, at_ - 1 - begin);
  if (kind == 'b') return put(value != 0 ? "true" : "false");
  if (digits.size() > 16) return put("0x"), put(digits);
  if (kind == 'c' && value >= 0x20 && value < 0x7f)
    return put("'"), put(std::string(1, static_cast<char>(value))), put("'");
  put(std::to_string(value));
}

}  // namespace

std::string demangle_rust_v0(const std::string& name) {
  return name.starts_with("_R") ? Rust(std::string_view(name).substr(2)).run() : std::string();
}

}  // namespace loopstall
