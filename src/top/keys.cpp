#include "top/keys.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace loopstall::top {
namespace {

struct Sequence {
  std::string_view bytes;  // after the escape
  Key key;
};

// Those of xterm and what follows it, in both cursor key modes, and the Linux console's.
constexpr std::array<Sequence, 18> kSequences{{{"[A", Key::Up},
                                               {"OA", Key::Up},
                                               {"[B", Key::Down},
                                               {"OB", Key::Down},
                                               {"[C", Key::Right},
                                               {"OC", Key::Right},
                                               {"[D", Key::Left},
                                               {"OD", Key::Left},
                                               {"[5~", Key::PageUp},
                                               {"[6~", Key::PageDown},
                                               {"[H", Key::Home},
                                               {"OH", Key::Home},
                                               {"[1~", Key::Home},
                                               {"[7~", Key::Home},
                                               {"[F", Key::End},
                                               {"OF", Key::End},
                                               {"[4~", Key::End},
                                               {"[8~", Key::End}}};

// How long the sequence at the beginning is (ECMA-48: parameters, then one final byte); 0: its end has not come yet.
std::size_t sequence_length(std::string_view bytes) {
  if (bytes.size() < 2) return 0;
  if (bytes[0] == 'O') return 2;
  const auto final = std::find_if(bytes.begin() + 1, bytes.end(), [](char c) { return c >= '@' && c <= '~'; });
  return final == bytes.end() ? 0 : static_cast<std::size_t>(final - bytes.begin()) + 1;
}

std::optional<Key> named(std::string_view sequence) {
  const auto* found =
      std::find_if(kSequences.begin(), kSequences.end(), [&](const Sequence& s) { return s.bytes == sequence; });
  return found == kSequences.end() ? std::nullopt : std::optional(found->key);
}

bool begins_sequence(std::string_view bytes) { return bytes.size() > 1 && (bytes[1] == '[' || bytes[1] == 'O'); }

}  // namespace

std::vector<Key> take_keys(std::string& bytes) {
  std::vector<Key> keys;
  std::string_view rest = bytes;
  while (!rest.empty()) {
    if (rest[0] != '\033' || !begins_sequence(rest)) {
      keys.push_back(Key{static_cast<unsigned char>(rest[0])});
      rest.remove_prefix(1);
      continue;
    }
    const std::size_t length = sequence_length(rest.substr(1));
    if (length == 0) break;
    if (const auto key = named(rest.substr(1, length))) keys.push_back(*key);
    rest.remove_prefix(1 + length);
  }
  constexpr std::size_t kLongest = 16;  // what is longer is no key
  bytes = rest.size() > kLongest ? "" : std::string(rest);
  return keys;
}

}  // namespace loopstall::top
