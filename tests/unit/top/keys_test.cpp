#include "top/keys.h"

#include "catch.h"

using namespace loopstall::top;

namespace {

std::vector<Key> keys_in(std::string bytes) { return take_keys(bytes); }

}  // namespace

TEST_CASE("characters and sequences are keys") {
  CHECK(keys_in("q\t") == std::vector<Key>{Key{'q'}, Key::Tab});
  CHECK(keys_in("\033[A\033OB\033[5~\033[6~") == std::vector<Key>{Key::Up, Key::Down, Key::PageUp, Key::PageDown});
  CHECK(keys_in("\033[H\033[4~x") == std::vector<Key>{Key::Home, Key::End, Key{'x'}});
}

TEST_CASE("a sequence in two halves is one key") {
  std::string bytes = "a\033[5";
  CHECK(take_keys(bytes) == std::vector<Key>{Key{'a'}});
  bytes += "~";
  CHECK(take_keys(bytes) == std::vector<Key>{Key::PageUp});
  CHECK(bytes.empty());
}

TEST_CASE("what is no key of ours is skipped, and does not act as its letters") {
  CHECK(keys_in("\033[1;5Cq") == std::vector<Key>{Key{'q'}});  // Ctrl and an arrow
  CHECK(keys_in("\033[15~").empty());                          // F5
  CHECK(keys_in("\033") == std::vector<Key>{Key::Escape});
  CHECK(keys_in("\033q") == std::vector<Key>{Key::Escape, Key{'q'}});
}

TEST_CASE("rubbish does not pile up") {
  std::string bytes = "\033[" + std::string(1000, '1');
  CHECK(take_keys(bytes).empty());
  CHECK(bytes.empty());
}
