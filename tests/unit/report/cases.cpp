#include "cases.h"

#include <fmt/format.h>

#include "stacks.h"
#include "story.h"

namespace loopstall {
namespace {

using namespace story;

constexpr std::string_view kUvicorn = "CPython 3.11.2, uvloop";

Session healthy() {
  Session session = story::session(":8000");
  apply(session, ProcessSeen{4711, 0, kStart, "uvicorn", "uvicorn demo:app --port 8000", std::string(kUvicorn)});
  LoopStory loop(session, 4711, 4711, "uvicorn", Wait::EpollWait, std::string(kUvicorn));
  for (std::uint32_t second = 0; second < 10; ++second) loop.reading(traffic(600 + 220 * (second % 5), second));
  return session;
}

// One stall of each sort: asleep, computing, in the kernel, without a CPU, and some of everything.
Session stalls() {
  Session session = story::session("uvicorn");
  apply(session, ProcessSeen{4711, 0, kStart, "uvicorn", "uvicorn demo:app", std::string(kUvicorn)});
  LoopStory loop(session, 4711, 4711, "uvicorn", Wait::EpollWait, std::string(kUvicorn));
  const std::vector<Iteration> traps[] = {
      {{.busy = 302 * ms, .blocked = 300 * ms, .runqueue = 300 * us}},
      {},
      {{.busy = 85 * ms, .runqueue = 2 * ms, .user_percent = 98}},
      {{.busy = 41'300 * us, .runqueue = 200 * us, .user_percent = 7}, {.busy = 12 * ms, .blocked = 11'900 * us}},
      {{.busy = 26 * ms, .runqueue = 24 * ms}},
      {{.busy = 150 * ms, .blocked = 60 * ms, .runqueue = 40 * ms, .user_percent = 60}},
      {},
      {{.busy = 10 * ms, .blocked = 9 * ms}, {.busy = 9'999 * us, .blocked = 9 * ms}},
      {{.busy = 12 * ms, .blocked = 11'900 * us},
       {.busy = 12 * ms, .blocked = 11'900 * us},
       {.busy = 12 * ms, .blocked = 11'900 * us},
       {.busy = 12 * ms, .blocked = 11'900 * us}},
      {{.busy = 12 * ms, .blocked = 11'900 * us}, {.busy = 1'210 * ms, .blocked = 1'200 * ms}}};
  std::uint32_t seed = 100;
  for (const auto& trap : traps) loop.reading(traffic(400, ++seed) + trap);
  return session;
}

void add_stall(Session& session, int pid, Stall stall) {
  stall.pid = stall.tid = pid;
  LoopSample sample = sample_of(stall.loop, kStart + 10 * s);
  sample.delta.stalls = 1;
  apply(session, sample);
  apply(session, StallSeen{stall});
}

// A loop stuck since before attach, one stuck from the middle on, and one whose first stall had begun before.
Session held() {
  Session session = story::session("api");
  for (int pid : {300, 301, 302})
    apply(session, ProcessSeen{pid, pid == 300 ? 0 : 300, kStart, "api", "api", "native"});
  LoopStory stuck(session, 300, 300, "api", Wait::EpollPwait, "native");
  add_stall(session, 300,
            {.loop = stuck.id(),
             .start_ns = kStart,
             .busy_ns = 10 * s,
             .split = {.blocked_ns = 10 * s},
             .ongoing = true,
             .before_attach = true});
  LoopStory spins(session, 301, 301, "api", Wait::EpollPwait, "native");
  for (std::uint32_t second = 0; second < 4; ++second) spins.reading(traffic(50, second));
  add_stall(session, 301,
            {.loop = spins.id(),
             .iteration = 201,
             .start_ns = kStart + 4'250 * ms,
             .busy_ns = 5'750 * ms,
             .split = {.cpu_ns = 5'700 * ms, .runqueue_ns = 50 * ms, .user_samples = 5'690, .kernel_samples = 10},
             .ongoing = true});
  LoopStory late(session, 302, 302, "api", Wait::EpollPwait, "native");
  for (std::uint32_t second = 0; second < 10; ++second) late.reading(traffic(50, second));
  add_stall(session, 302,
            {.loop = late.id(),
             .start_ns = kStart,
             .busy_ns = 240 * ms,
             .split = {.cpu_ns = 10 * ms, .blocked_ns = 229'900 * us},
             .before_attach = true});
  return session;
}

Session ten_loops() {
  Session session = story::session("nginx", 3 * s);
  apply(session, ProcessSeen{900, 0, kStart, "nginx", "nginx: master process", "native"});
  for (int i = 0; i < 10; ++i) {
    const int pid = 901 + i;
    apply(session, ProcessSeen{pid, 900, kStart, "nginx", "nginx: worker process", "native"});
    LoopStory loop(session, pid, pid, "nginx", Wait::EpollWait, "native");
    const auto extra = static_cast<std::uint64_t>(i);
    const std::vector<Iteration> calm(1000, {.busy = (20 + 15 * extra) * us, .runqueue = 1 * us});
    const std::vector<Iteration> trap(i == 3 ? 2 : i == 7 ? 1 : 0, {.busy = (20 + extra) * ms, .blocked = 19 * ms});
    loop.reading(calm).reading(calm + trap).reading(calm);
  }
  return session;
}

Session no_loops() {
  Session session = story::session("gunicorn", 5 * s);
  apply(session, ProcessSeen{50, 0, kStart, "gunicorn", "gunicorn app:app", "CPython 3.11.2"});
  apply(session, LoopOpened{{0}, 50, 50, kStart, "gunicorn", Wait::Select, "CPython 3.11.2"});
  apply(session, LoopConfirmed{{0}, false, "waits for a listening socket and a pipe only: a sync worker"});
  LoopSample sample = sample_of({0}, kStart + 5 * s);
  sample.delta.iterations = 5;
  apply(session, sample);
  apply(session, LoopOpened{{1}, 50, 57, kStart, "pool-1", Wait::Poll, "CPython 3.11.2"});
  apply(session, LoopConfirmed{{1}, false, "waits for one socket only"});
  return session;
}

// What was seen in each stall, in the order of the stalls; nothing for those beyond.
void explain(Session& session, const std::vector<std::vector<EvidenceSample>>& looks, std::uint64_t withheld = 0) {
  for (std::size_t i = 0; i < looks.size() && i < session.stalls.size(); ++i) {
    const Stall stall = session.stalls[i];
    apply(session,
          EvidenceFound{stall.loop, stall.iteration, stall.start_ns, stall.busy_ns,
                        stacks::evidence(looks[i], stall.split, stall.busy_ns, looks[i].empty() ? withheld : 0)});
  }
}

// Names that would clear the screen, set the window's title, break HTML, reorder text, or fill the page.
Session hostile_names() {
  const std::string clear = "\033[2J\033]0;owned\007", invalid =
                                                           "bad\xff\xc0\xaf\xed\xa0\x80"
                                                           "end";
  const std::string script = "<script>alert(1)</script>&\"'\\", endless(300, 'x'), bidi = "a\u202Egnp.exe\u200B\u0085";
  Session session = story::session(clear + script + endless);
  session.info.kernel = clear;
  apply(session, ProcessSeen{1, 0, kStart, clear, invalid, endless});
  apply(session, ProcessSeen{2, 1, kStart + 2 * s, script, script, script});
  apply(session, ProcessSeen{3, 1, kStart + 3 * s, endless, endless, endless});
  int pid = 0;
  for (const std::string& name : {clear, invalid, script, endless, bidi, std::string("日本語サーバー長い名前です"),
                                  std::string("line\nbreak\ttab")}) {
    ++pid;
    LoopStory(session, pid, pid + 100, name, Wait::EpollWait, name)
        .reading(
            {{.busy = static_cast<std::uint64_t>(10 + pid) * ms, .blocked = static_cast<std::uint64_t>(9 + pid) * ms},
             {.busy = 50 * us}});
  }
  using stacks::operator+;
  std::vector<std::vector<EvidenceSample>> looks;
  for (const std::string& name : {clear, invalid, script, endless, bidi}) {
    const Stack stack = Stack{stacks::native(name, name), stacks::app(name, 42, name)} + stacks::asyncio();
    const std::uint64_t asleep = (10 + looks.size()) * ms;
    looks.push_back({stacks::asleep({.kind = CauseKind::File, .syscall = name, .object = name}, stack, asleep, kStart),
                     stacks::computing(stack, ms, kStart + s)});
  }
  explain(session, looks);
  apply(session, LoopOpened{{20}, 9, 9, kStart, endless, Wait::Poll, endless});
  apply(session, LoopConfirmed{{20}, false, clear + endless});
  apply(session, Note{invalid + " " + endless + " " + clear});
  return session;
}

Session few_iterations() {
  Session session = story::session("42", 2 * s);
  apply(session, ProcessSeen{42, 0, kStart, "node", "node server.js", "Node.js 18.19.0"});
  LoopStory(session, 42, 42, "none").reading({}, 2 * s);
  LoopStory(session, 42, 43, "one").reading({{.busy = 120 * us}}, 2 * s);
  LoopStory(session, 42, 44, "two", Wait::IoUringEnter)
      .reading({{.busy = 0}, {.busy = 15 * ms, .blocked = 14 * ms}}, 2 * s);
  return session;
}

// Everything that a reader must be told besides the numbers.
Session losses() {
  Session session = story::session("python3 -m http");
  apply(session, ProcessSeen{4711, 0, kStart, "python3", "python3 -m http", "CPython 3.11.2"});
  apply(session, ProcessSeen{4712, 4711, kStart + 3'200 * ms, "python3", "python3 -m http", "CPython 3.11.2"});
  apply(session, ProcessExited{4711, kStart + 8'100 * ms});
  apply(session, ProcessExited{4712, kStart + 9 * s});
  LoopStory first(session, 4711, 4711, "python3", Wait::EpollWait, "CPython 3.11.2");
  first.reading(traffic(100, 1)).reading({{.busy = 80 * ms, .blocked = 20 * ms, .unbooked = 9 * ms}}).discard(3);
  apply(session, LoopClosed{first.id(), kStart + 8'100 * ms});
  LoopStory(session, 4712, 4713, "worker", Wait::Select, "CPython 3.11.2", kStart + 3'300 * ms).reading(traffic(10, 2));
  apply(session, LostRead{{.stall_events = 12, .loops = 1, .programs_skipped = 1'234, .split_incomplete = 7}});
  apply(session,
        Note{"cpu.max throttled the target's cgroup for 1.20 s of the session; that time is run queue delay."});
  apply(session, Note{"A note."});
  return session;
}

// Several culprits, a GIL's holder, a recursion too deep to show, one nobody, one without a CPU, one without any look.
Session culprits() {
  using namespace stacks;
  const std::string python = "/usr/bin/python3.11", std311 = "/usr/lib/python3.11/",
                    site = "/usr/lib/python3/dist-packages/";
  Session session = story::session(":8000");
  apply(session, ProcessSeen{4711, 0, kStart, "uvicorn", "uvicorn shop:app --port 8000", "CPython 3.11.2"});
  LoopStory loop(session, 4711, 4711, "uvicorn", Wait::EpollWait, "CPython 3.11.2");
  apply(session, TierReached{loop.id(), Tier::Stacks, ""});
  const Stack endpoint =
      Stack{lib("run_endpoint_function", site + "fastapi/routing.py", 191),
            lib("RequestResponseCycle.run_asgi", site + "uvicorn/protocols/http/httptools_impl.py", 436)} +
      asyncio();
  const Iteration sleeps{.busy = 302 * ms, .blocked = 300 * ms, .runqueue = 300 * us},
      commit{.busy = 45 * ms, .blocked = 40 * ms}, parse{.busy = 150 * ms, .runqueue = 2 * ms},
      gil{.busy = 64 * ms, .blocked = 60 * ms}, starved{.busy = 26 * ms, .runqueue = 24 * ms}, mixed{.busy = 20 * ms},
      unseen{.busy = 12 * ms};
  loop.reading(traffic(400, 1) + std::vector<Iteration>{sleeps, sleeps, commit});
  loop.reading(traffic(400, 2) + std::vector<Iteration>{parse, gil, starved});
  loop.reading(traffic(400, 3) + std::vector<Iteration>{sleeps, mixed, unseen, unseen, unseen});
  const auto sleep = [&](std::uint64_t ns) {
    const Stack stack =
        Stack{kernel("hrtimer_nanosleep"), native("clock_nanosleep"), native("python3.11!+0x1f2a30", python),
              app("load_report", 88, "/srv/shop/reports.py"), app("report", 41, "/srv/shop/routes/api.py")} +
        endpoint;
    return asleep({.kind = CauseKind::Timer, .syscall = "clock_nanosleep"}, stack, ns, kStart + 500 * ms);
  };
  const Stack parsing = Stack(60, app("walk", 23, "/srv/shop/a/folder/with/a/rather/long/name/tree.py")) +
                        Stack{lib("JSONDecoder.decode", std311 + "json/decoder.py", 337), app("import_orders", 57)} +
                        endpoint;
  const Stack insert =
      Stack{kernel("jbd2_log_wait_commit"), native("fdatasync"),
            native("unixSync", "/usr/lib/x86_64-linux-gnu/libsqlite3.so.0.8.6"),
            native("pysqlite_connection_commit", std311 + "lib-dynload/_sqlite3.cpython-311-x86_64-linux-gnu.so"),
            app("save_order", 71)} +
      endpoint;
  const Cause fsync{.kind = CauseKind::File, .syscall = "fdatasync", .object = "/srv/shop/orders.sqlite-journal"};
  const Stack waiting = Stack{kernel("futex_wait_queue"), native("pthread_cond_timedwait"), native("take_gil", python),
                              app("health", 12)} +
                        endpoint;
  const Stack holder = {app("thumbnail", 31, "/srv/shop/images.py"),
                        lib("_WorkItem.run", std311 + "concurrent/futures/thread.py", 58),
                        lib("Thread.run", std311 + "threading.py", 975)};
  const auto busy = [&](const char* name, std::uint64_t ns) {
    return computing(Stack{app(name, 50)} + endpoint, ns, kStart + s);
  };
  explain(session,
          {{sleep(300 * ms), busy("report", 2 * ms)},
           {sleep(300 * ms)},
           {asleep(fsync, insert, 40 * ms, kStart + 700 * ms), computing(insert, 5 * ms, kStart + 710 * ms)},
           {computing(parsing, 148 * ms, kStart + 1'500 * ms)},
           {gil_wait(waiting, holder, 60 * ms, kStart + 1'700 * ms), busy("health", 4 * ms)},
           {busy("health", 2 * ms)},
           {sleep(300 * ms), busy("report", 2 * ms)},
           {busy("health", 10 * ms), busy("report", 10 * ms)},
           {}},
          3);
  apply(session, LostRead{{.samples_withheld = 3, .stacks_truncated = 2, .frames_unnamed = 4}});
  return session;
}

// Held since before loopstall attached: where it is, is known.
Session held_in() {
  using namespace stacks;
  Session session = story::session("api");
  apply(session, ProcessSeen{300, 0, kStart, "api", "api", "CPython 3.11.2"});
  LoopStory stuck(session, 300, 300, "api", Wait::EpollWait, "CPython 3.11.2");
  apply(session, TierReached{stuck.id(), Tier::Stacks, ""});
  add_stall(session, 300,
            {.loop = stuck.id(),
             .start_ns = kStart,
             .busy_ns = 10 * s,
             .split = {.blocked_ns = 10 * s},
             .ongoing = true,
             .before_attach = true});
  const Cause connect{.kind = CauseKind::Socket, .syscall = "connect", .object = "tcp 10.0.0.9:5432 (postgresql)"};
  explain(session,
          {{asleep(connect, Stack{kernel("inet_stream_connect"), native("connect"), app("open_db", 9)} + asyncio(),
                   10 * s, kStart)}});
  return session;
}

// Native code, and a runtime whose own functions are not named yet.
Session native_culprits() {
  using namespace stacks;
  Session session = story::session("redis-server");
  const std::string redis = "/usr/bin/redis-check-rdb", node = "/usr/bin/node";
  apply(session, ProcessSeen{80, 0, kStart, "redis-server", "redis-server *:6379", "Redis"});
  apply(session, ProcessSeen{90, 0, kStart, "node", "node server.js", "Node.js 20.20.2"});
  LoopStory first(session, 80, 80, "redis-server", Wait::EpollWait, "Redis");
  LoopStory second(session, 90, 90, "node", Wait::EpollPwait, "Node.js 20.20.2");
  apply(session, TierReached{first.id(), Tier::Stacks, ""});
  apply(session,
        TierReached{second.id(), Tier::Stacks, "Node.js: native frames only, JavaScript functions are not named yet"});
  first.reading(traffic(100, 1) + std::vector<Iteration>{{.busy = 90 * ms}, {.busy = 1'001 * ms, .blocked = s}});
  second.reading(traffic(100, 2) + std::vector<Iteration>{{.busy = 30 * ms, .blocked = 28 * ms}});
  const Stack outer = {own("call", redis, "server.c", 3374), own("processCommand", redis, "server.c", 3986),
                       native_loop("aeProcessEvents", redis), native_loop("main", redis)};
  const Stack keys =
      Stack{own("stringmatchlen_impl", redis, "util.c", 70), own("keysCommand", redis, "db.c", 789)} + outer;
  const Stack nap =
      Stack{kernel("do_nanosleep"), native("clock_nanosleep"), own("debugCommand", redis, "debug.c", 567)} + outer;
  const Stack read = {
      kernel("folio_wait_bit"),       native("__libc_pread64"),
      own("uv_fs_read", node),        own("node::fs::Read(v8::FunctionCallbackInfo<v8::Value> const&)", node),
      own("node!fn_0x11a2b30", node), native_loop("uv_run", node),
      native_loop("main", node)};
  explain(session, {{computing(keys, 90 * ms, kStart)},
                    {asleep({.kind = CauseKind::Timer, .syscall = "clock_nanosleep"}, nap, s, kStart)},
                    {asleep({.kind = CauseKind::File, .syscall = "pread64", .object = "/srv/static/big.json"}, read,
                            28 * ms, kStart),
                     computing(read, 2 * ms, kStart + ms)}});
  return session;
}

}  // namespace

const std::vector<GoldenCase>& golden_cases() {
  static const std::vector<GoldenCase> cases{
      {"healthy", healthy},
      {"stalls", stalls},
      {"held", held},
      {"ten_loops", ten_loops},
      {"no_loops", no_loops},
      {"hostile_names", hostile_names},
      {"few_iterations", few_iterations},
      {"losses", losses},
      {"culprits", culprits},
      {"native_culprits", native_culprits},
      {"held_in", held_in},
      {"tasks", session_with_tasks},
      {"queues", session_with_queues},
      {"requests", session_with_requests},
  };
  return cases;
}

}  // namespace loopstall
