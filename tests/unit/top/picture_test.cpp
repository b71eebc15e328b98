#include "top/picture.h"

#include <fmt/format.h>

#include "catch.h"
#include "top/tables.h"
#include "unit/top/stage.h"

using namespace loopstall;
using namespace loopstall::top;

namespace {

View pressed(const std::string& keys, Table table = Table::Tasks) {
  View view;
  for (const char key : keys) press(view, Key{key}, {table, 100, 5});
  return view;
}

void check_size(const Picture& picture, const Size& size) {
  CHECK(picture.lines.size() == size.rows);
  for (const std::string& line : picture.lines) {
    CAPTURE(line);
    CHECK(display_columns(plain(line)) <= size.columns);
  }
}

}  // namespace

TEST_CASE("80x24 tells loops, tasks and what goes on") {
  Shown shown = stage();
  shown.ongoing = {{.loop = LoopId{0}, .busy_ns = 3200 * ms}};
  shown.ongoing[0].evidence.culprit = culprit("held", {}).culprit;
  const std::string text = text_of(paint(shown, {}, {80, 24}, false));
  INFO(text);
  for (const char* part : {"app.py (pid 4711)",
                           "42 s",
                           "tier tasks: exact in 42.0 s of 42.0 s",
                           "collector 1.0 % CPU",
                           "36 MB",
                           "probes 0.1 %",
                           "stalled 3.20 s in held app.py:45",
                           "1 loop",
                           "4711 python3",
                           "93.0 %",
                           "214",
                           "47.0 us",
                           "8.00 ms",
                           "143 ms",
                           "3 tasks",
                           "since the start",
                           "legacy app.py:12",
                           "8.00 s",
                           "40.0 %",
                           "q quit",
                           "? help"})
    CHECK(has(text, part));
}

TEST_CASE("the last second has its own numbers, and says so") {
  Shown shown = stage();
  shown.second.tasks = {task("now", 3, 5 * ms, 4 * ms)};
  const std::string text = text_of(paint(shown, pressed("i"), {80, 24}, false));
  CHECK(has(text, "the last second"));
  CHECK(has(text, "now app.py:12"));
  CHECK_FALSE(has(text, "legacy"));
}

TEST_CASE("any size: as many lines as rows, none too wide") {
  Shown shown = stage();
  for (unsigned i = 0; i < 30; ++i) shown.whole.loops.push_back(loop(i + 1, 5000 + static_cast<int>(i), "worker"));
  shown.ongoing = {{.loop = LoopId{0}, .busy_ns = 3200 * ms}, {.loop = LoopId{1}, .busy_ns = 20 * ms}};
  for (const Table table : {Table::Tasks, Table::Culprits, Table::Requests})
    for (const char* keys : {"", "i", "?", "n", "x", "9"})
      for (const Size size : {Size{80, 24}, Size{200, 50}, Size{40, 10}, Size{20, 4}, Size{33, 7}, Size{500, 200}}) {
        View view = pressed(keys, table);
        view.table = table;
        CAPTURE(keys, size.columns, size.rows);
        check_size(paint(shown, view, size, true), size);
      }
}

TEST_CASE("40x10 still shows the loop, the stall and a few rows") {
  const std::string text = text_of(paint(stage(), {}, {40, 10}, false));
  INFO(text);
  for (const char* part : {"4711 python3", "93.0 %", "no stall is going on", "legacy", "143 ms", "q quit"})
    CHECK(has(text, part));
}

TEST_CASE("200x50 has all columns, whole paths and the history") {
  Shown shown = stage();
  shown.whole.tasks[0].task.kind = TaskKind::Timer;
  const std::string text = text_of(paint(shown, {}, {200, 50}, false));
  INFO(text);
  for (const char* part :
       {"p99.9", "kind", "timer", "stalls", "/srv/shop/app.py:12", "history", "▁▂▃▄▅▆▇█", "4711 python3"})
    CHECK(has(text, part));
}

TEST_CASE("the order is the chosen column's, largest first") {
  const Shown shown = stage();
  const auto order = [&](const std::string& keys) {
    return first_words(paint(shown, pressed(keys), {120, 30}, false), "who");
  };
  const auto by_name = [&](const std::string& keys) {
    return first_words(paint(shown, pressed(keys), {120, 30}, false), keys == "n" ? "▲who" : "▼who");
  };
  using Words = std::vector<std::string>;
  CHECK(order("") == Words{"legacy", "price", "quick"});
  CHECK(order("r") == Words{"quick", "price", "legacy"});
  CHECK(order("s") == Words{"quick", "price", "legacy"});
  CHECK(order("e") == Words{"quick", "price", "legacy"});
  CHECK(order("m") == Words{"legacy", "price", "quick"});
  CHECK(by_name("n") == Words{"legacy", "price", "quick"});
  CHECK(by_name("nn") == Words{"quick", "price", "legacy"});
}

TEST_CASE("the column that it is sorted by is shown, however narrow the screen") {
  CHECK(has(text_of(paint(stage(), pressed("."), {40, 10}, false)), "▼p99.9"));
  CHECK(has(text_of(paint(stage(), pressed("."), {40, 10}, false)), "legacy"));
}

TEST_CASE("all rows can be reached, and the selected one is on the screen") {
  Shown shown = stage();
  shown.whole.tasks.clear();
  for (unsigned i = 0; i < 300; ++i) shown.whole.tasks.push_back(task(fmt::format("f{}x", i), 1, (300 - i) * ms, ms));
  View view;
  for (std::size_t i = 0; i < 300; ++i) {
    const Picture picture = paint(shown, view, {80, 24}, false);
    CHECK(picture.shape.rows == 300);
    CHECK(has(text_of(picture), fmt::format("▸ f{}x", i)));
    press(view, Key::Down, picture.shape);
  }
  press(view, Key::Home, {Table::Tasks, 300, 10});
  CHECK(has(text_of(paint(shown, view, {80, 24}, false)), "▸ f0x"));
}

TEST_CASE("a handler stands for the task that ran it, and estimates are marked") {
  Shown shown = stage();
  shown.whole.tasks = {task("run_asgi", 50, s, ms)};
  shown.whole.tasks[0].handler = {"get_user", "/srv/shop/users.py", 88};
  shown.whole.tasks[0].estimated_steps = 3;
  const std::string text = text_of(paint(shown, {}, {200, 50}, false));
  CHECK(has(text, "▸ get_user"));
  CHECK(has(text, "users.py:88"));
  CHECK(has(text, "in run_asgi on 4711 python3"));
  CHECK(has(text, "~50"));
}

TEST_CASE("culprits tell what to do about the selected one") {
  View view;
  view.table = Table::Culprits;
  const std::string text = text_of(paint(stage(), view, {80, 24}, false));
  INFO(text);
  CHECK(has(text, "2 culprits"));
  CHECK(has(text, "legacy app.py:45"));
  CHECK(has(text, "asleep in clock_nanosleep"));
  CHECK(has(text, "223 ms"));
}

TEST_CASE("without task steps culprits come first; a table without rows says why") {
  Shown shown = stage();
  shown.whole.tasks.clear();
  shown.whole.loops[0].loop.tier = Tier::Stacks;
  shown.whole.loops[0].loop.tier_reason = "Node.js: native frames only";
  CHECK(has(text_of(paint(shown, {}, {80, 24}, false)), "2 culprits"));
  View view;
  view.table = Table::Tasks;
  CHECK(has(text_of(paint(shown, view, {80, 24}, false)), "no task steps: Node.js: native frames only"));
}

TEST_CASE("without task steps requests come first, where somebody asked for them") {
  const std::string text = text_of(paint(requests_stage(), {}, {80, 24}, false));
  INFO(text);
  for (const char* part : {"2 request names · 4,321 reads encrypted · 17 reads not told", "▸ GET /slow", "POST /orders",
                           "1,234", "29.4", "900 ms", "450 ms", "60 of them timed · 90 on 4711 python3"})
    CHECK(has(text, part));
  CHECK(has(text_of(paint(requests_stage(), {}, {200, 50}, false)), "p99.9"));
  CHECK(has(text_of(paint(requests_stage(), pressed("e", Table::Requests), {80, 24}, false)), "▸ POST /orders"));
  CHECK(has(text_of(paint(requests_stage(), pressed("i", Table::Requests), {80, 24}, false)), "▸ GET /now"));
}

TEST_CASE("the key for requests is listed where somebody asked for them") {
  CHECK(has(text_of(paint(requests_stage(), pressed("c", Table::Tasks), {80, 24}, false)), "u requests"));
  CHECK_FALSE(has(text_of(paint(stage(), {}, {80, 24}, false)), "u requests"));
  CHECK(has(text_of(paint(stage(), pressed("?"), {80, 24}, false)), "u              requests by name"));
  CHECK(has(text_of(paint(stage(), pressed("u"), {80, 24}, false)), "it takes --requests"));
}

TEST_CASE("nothing seen yet") {
  const Shown nothing;
  for (const Size size : {Size{80, 24}, Size{40, 10}}) check_size(paint(nothing, {}, size, true), size);
  CHECK(has(text_of(paint(nothing, {}, {80, 24}, false)), "no event loop seen yet"));
}

TEST_CASE("names in a target's hands do not reach the terminal as they are") {
  Shown shown = stage();
  const std::string hostile =
      "\033]0;pwned\007\033[2Jx\n\r\x9b"
      "5mfür_日本語\xff\u202e";
  shown.whole.info.target = hostile;
  shown.whole.loops[0].loop.comm = shown.whole.loops[0].loop.runtime = hostile;
  shown.whole.tasks = {task(hostile, 1, s, ms)};
  shown.whole.tasks[0].task.source.file = shown.whole.tasks[0].comm = hostile;
  shown.whole.groups = {culprit(hostile, {ms})};
  shown.whole.groups[0].culprit.frame.file = shown.whole.groups[0].cause.object = hostile;
  shown.whole.requests = {request(hostile, 1, ms)};
  shown.ongoing = {{.loop = LoopId{0}, .busy_ns = s}};
  shown.ongoing[0].evidence.culprit.frame.function = hostile;
  for (const Table table : {Table::Tasks, Table::Culprits, Table::Requests})
    for (const Size size : {Size{80, 24}, Size{200, 50}, Size{40, 10}}) {
      View view;
      view.table = table;
      const Picture picture = paint(shown, view, size, false);
      check_size(picture, size);
      for (const std::string& line : picture.lines) CHECK(clean(line) == line);
    }
}

TEST_CASE("without colour there is no escape sequence") {
  for (const std::string& line : paint(stage(), {}, {80, 24}, false).lines)
    CHECK(line.find('\033') == std::string::npos);
  CHECK(has(paint(stage(), {}, {80, 24}, true).lines[0], "\033["));
}
