#include "report/utf8.h"

#include "catch.h"

namespace loopstall {

TEST_CASE("columns of a terminal") {
  CHECK(display_columns("") == 0);
  CHECK(display_columns("loop") == 4);
  CHECK(display_columns("█▏▁┄…·") == 6);
  CHECK(display_columns("日本") == 4);
  CHECK(display_columns("\U0001F600") == 2);
  CHECK(display_columns("e\u0301") == 1);
  CHECK(display_columns("\xff\xfe") == 2);  // each is drawn as one replacement character
}

TEST_CASE("text is cut to columns, never inside a character") {
  CHECK(cut("loopstall", 9) == "loopstall");
  CHECK(cut("loopstall", 8) == "loopsta…");
  CHECK(cut("loopstall", 1) == "…");
  CHECK(cut("loopstall", 0) == "");
  CHECK(cut("日本語", 6) == "日本語");
  CHECK(cut("日本語", 5) == "日本…");
  CHECK(cut("日本語", 4) == "日…");
}

TEST_CASE("what could steer a terminal is replaced") {
  CHECK(clean("plain text, ünïcödé 日本") == "plain text, ünïcödé 日本");
  CHECK(clean("\033[2J") == "\uFFFD[2J");
  CHECK(clean("a\nb\tc\rd\x7f") == "a\uFFFDb\uFFFDc\uFFFDd\uFFFD");
  CHECK(clean(std::string_view("a\0b", 3)) == "a\uFFFDb");
  CHECK(clean("\u009b31m") == "\uFFFD31m");        // C1 control sequence introducer
  CHECK(clean("gnp\u202Eexe") == "gnp\uFFFDexe");  // right to left override
  CHECK(clean("a\u200Bb") == "a\uFFFDb");          // zero width space
}

TEST_CASE("bytes that are no UTF-8 are replaced one by one") {
  CHECK(clean("a\xff") == "a\uFFFD");
  CHECK(clean("\xc0\xaf") == "\uFFFD\uFFFD");                      // overlong "/"
  CHECK(clean("\xed\xa0\x80") == "\uFFFD\uFFFD\uFFFD");            // a surrogate
  CHECK(clean("\xf4\x90\x80\x80") == "\uFFFD\uFFFD\uFFFD\uFFFD");  // beyond Unicode
  CHECK(clean("\xe6\x97") == "\uFFFD\uFFFD");                      // cut short
  CHECK(clean("\xe6"
              "a") == "\uFFFDa");
}

TEST_CASE("clean and cut in one") {
  CHECK(clean("\033]0;owned\007", 5) == "\uFFFD]0;…");
  CHECK(display_columns(clean(std::string(300, 'x'), 15)) == 15);
}

}  // namespace loopstall
