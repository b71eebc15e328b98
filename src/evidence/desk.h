// Looks wait here until it is known whether their iteration became a stall; then they become its evidence. What belongs
// to no stall is dropped unread. Bounded: see the constants.
#pragma once

#include <map>
#include <vector>

#include "evidence/quotas.h"
#include "evidence/resolver.h"
#include "evidence/step_desk.h"
#include "model/event.h"

namespace loopstall {

// A look has up to 16 KiB of stack. An iteration with more looks is thinned out, to three quarters: that compares them
// all.
constexpr std::size_t kLooksWaiting = 96;
constexpr std::size_t kBytesWaiting = 6U << 20;  // of all loops; beyond that looks are dropped and counted
// Looks of one stall that are unwound; others lend their weight to a neighbour or their like, see thin_out().
constexpr std::size_t kLooksResolved = 24;
constexpr std::size_t kLooksResolvedLive = 8;  // of one that goes on: this is done again and again

class Desk {
 public:
  // So much own time in a stall is its code's fault.
  Desk(const ProcFs& proc, Sink& sink, std::uint64_t threshold_ns)
      : proc_(proc),
        sink_(sink),
        threshold_ns_(threshold_ns),
        quotas_(proc),
        steps_(sink, threshold_ns, [this](const RawSample& look) { return resolver(look.pid).step_stack(look); }) {}

  // The process runs a (new) program; python: where its CPython keeps frames, if it is one that is known.
  void process_started(int pid, const std::optional<PythonLayout>& python);
  void process_ended(int pid);
  // For a look at the loop's wait: the end of the thread's stack, 0 if it is not known.
  std::uint64_t take(RawSample sample);
  // A long task step, whose handler is to be told; see RawStep.
  void step(const RawStep& step) { steps_.ended(step); }
  void stall(const Stall& stall) { ended_.push_back({stall, {}, 0}); }
  void loop_closed(LoopId loop);
  // Every 100 ms, the quotas' usual period, while there are quotas; false: there is none, once a second is enough.
  bool sample_quotas(std::uint64_t now_ns) { return quotas_.sample(now_ns); }
  // After a drain, which brings a stall with all of its looks: evidence for the stalls that ended. The first stall of a
  // loop may have to wait for the look at the loop's wait, which comes right after it.
  void settle(bool last = false);
  // A stall that is still going on: what is known so far; more are looks that did not come through take().
  Evidence so_far(const Stall& stall, std::vector<RawSample> more = {});
  EvidenceLosses losses() const;
  std::uint64_t steps_dropped() const { return steps_.dropped(); }
  std::uint64_t dropped() const { return dropped_; }  // looks for which there was no room

 private:
  struct Waiting {
    std::uint64_t iteration = 0;
    std::vector<RawSample> looks;
    bool settled_before = false;
  };
  struct Ended {
    Stall stall;
    std::vector<RawSample> looks;
    unsigned rounds = 0;  // that it waited for
  };
  bool must_wait(Ended& ended);
  Resolver& resolver(int pid);
  std::vector<RawSample> looks_of(const Stall& stall);
  void forget_done();
  std::size_t bytes_waiting() const;
  void complete(RawSample& look);
  Evidence evidence_of(const Stall& stall, std::vector<RawSample> looks, std::size_t resolved);

  const ProcFs& proc_;
  Sink& sink_;
  std::uint64_t threshold_ns_;
  SymbolSources sources_;
  Quotas quotas_;
  StepDesk steps_;
  std::map<int, std::optional<PythonLayout>> pythons_;
  std::map<int, Resolver> resolvers_;
  std::map<LoopId, Waiting> waiting_;
  // Of iterations before the present one. They stay for two rounds: the ring with the stalls is drained first, so that
  // a look at the next iteration may be here before the stall.
  std::map<LoopId, std::vector<Waiting>> done_;
  std::vector<Ended> ended_;
  std::map<LoopId, RawSample> outside_;  // a sleep that began before us, with the memory that was read while it went on
  EvidenceLosses of_the_gone_;
  std::uint64_t dropped_ = 0;
};

}  // namespace loopstall
