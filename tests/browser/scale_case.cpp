#include "scale_case.h"

#include <fmt/format.h>

#include "stacks.h"
#include "story.h"

namespace loopstall {
namespace {

using namespace story;

constexpr unsigned kReadings = 3600, kStallsEach = 278, kTasks = 10'000;

std::uint64_t draw(std::uint64_t& random, std::uint64_t below) {
  random = random * 6'364'136'223'846'793'005ULL + 1'442'695'040'888'963'407ULL;
  return (random >> 33) % below;
}

Stack deep_stack(std::uint64_t& random) {
  Stack stack;
  const unsigned handler = static_cast<unsigned>(draw(random, 40));
  for (unsigned depth = 0; depth < 30; ++depth)
    stack.insert(stack.begin(), stacks::app(fmt::format("step_{}_{}", handler, draw(random, 4) + depth * 10),
                                            10 + depth, fmt::format("/srv/shop/module_{}.py", draw(random, 60))));
  using stacks::operator+;
  return stack + stacks::asyncio();
}

std::vector<EvidenceSample> looks(std::uint64_t& random, const Stall& stall) {
  std::vector<EvidenceSample> samples;
  for (unsigned i = 0; i < 16; ++i)
    samples.push_back(i % 3 ? stacks::computing(deep_stack(random), stall.busy_ns / 16, stall.start_ns)
                            : stacks::asleep({CauseKind::Socket, "recvfrom", "tcp 10.0.0.5:5432 (postgresql)"},
                                             deep_stack(random), stall.busy_ns / 16, stall.start_ns));
  return samples;
}

void explain_stalls(Session& session) {
  std::uint64_t random = 7;
  const std::vector<Stall> stalls = session.stalls;
  for (const Stall& stall : stalls)
    apply(session, EvidenceFound{stall.loop, stall.iteration, stall.start_ns, stall.busy_ns,
                                 stacks::evidence(looks(random, stall), stall.split, stall.busy_ns)});
}

void add_tasks(Session& session, LoopId loop) {
  std::uint64_t random = 11;
  for (std::uint32_t i = 0; i < kTasks; ++i) {
    const SourceName source{fmt::format("Service{}.handle_{}", i % 97, i),
                            fmt::format("/srv/shop/service_{}.py", i % 300), i % 900 + 1};
    apply(session, TaskSeen{{i}, loop, TaskKind::Task, source, FrameRole::User});
    Histogram hold;
    for (unsigned step = 0; step < 40; ++step) hold.record(20 * us + draw(random, 900 * us));
    TaskSample sample{
        {i}, {hold.count(), hold.sum_ns(), 0, {.cpu_ns = hold.sum_ns()}}, hold.buckets(), hold.min_ns(), hold.max_ns()};
    apply(session, sample);
  }
  apply(session, TaskCoverageRead{loop, {kReadings * s, 400'000, 400 * s}});
}

}  // namespace

Session scale_session() {
  Session session = story::session("shop", kReadings * s);
  apply(session, ProcessSeen{4711, 0, kStart, "uvicorn", "uvicorn shop:app", "CPython 3.11.2, uvloop"});
  LoopStory loop(session, 4711, 4711, "uvicorn", Wait::EpollWait, "CPython 3.11.2, uvloop");
  std::uint64_t random = 3;
  for (unsigned second = 0; second < kReadings; ++second) {
    std::vector<Iteration> iterations = traffic(200, second);
    for (unsigned i = 0; i < kStallsEach; ++i) iterations.push_back({.busy = 10 * ms + draw(random, 2 * ms)});
    if (second % 60 == 0) iterations.push_back({.busy = 400 * ms, .blocked = 390 * ms});
    loop.reading(iterations);
  }
  explain_stalls(session);
  add_tasks(session, loop.id());
  return session;
}

Session hostile_session() {
  const std::string script =
      "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">&\"'`\\";
  const std::string closing = "</script></noscript><!--<script>-->]]>", bidi = "a\u202Egnp.exe\u200B\u2066\u0085";
  const std::string lines = "line\nbreak\r\n\ttab\u2028separator", invalid = "bad\xff\xc0\xaf\xed\xa0\x80",
                    endless(10'000, 'x');
  Session session = story::session(script + closing + bidi);
  unsigned pid = 0;
  for (const std::string& name : {script, closing, bidi, lines, invalid, endless}) {
    ++pid;
    apply(session, ProcessSeen{static_cast<int>(pid), 0, kStart, name, name, name});
    LoopStory loop(session, static_cast<int>(pid), static_cast<int>(pid) + 100, name, Wait::EpollWait, name);
    loop.reading({{.busy = (20 + pid) * ms, .blocked = 19 * ms}, {.busy = 50 * us}});
    const Stall stall = session.stalls.back();
    using stacks::operator+;
    const Stack stack = Stack{stacks::native(name, name), stacks::app(name, 42, name)} + stacks::asyncio();
    const std::vector<EvidenceSample> all{stacks::asleep({CauseKind::File, name, name}, stack, 19 * ms, kStart),
                                          stacks::computing(stack, (1 + pid) * ms, kStart)};
    apply(session, EvidenceFound{stall.loop, stall.iteration, stall.start_ns, stall.busy_ns,
                                 stacks::evidence(all, stall.split, stall.busy_ns)});
    apply(session, TaskSeen{{pid - 1}, loop.id(), TaskKind::Callback, {name, name, 1}, FrameRole::User});
    apply(session, TaskSample{{pid - 1}, {1, 20 * ms, 1, {}}, {{1000, 1, 20 * ms}}, 20 * ms, 20 * ms});
    apply(session, TaskCoverageRead{loop.id(), {10 * s, 2, 21 * ms}});
    apply(session, Note{name});
  }
  return session;
}

}  // namespace loopstall
