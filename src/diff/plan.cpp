#include "base/units.h"
#include "diff/pairing.h"

namespace loopstall {
namespace {

// Too little to tell anything: fewer iterations or steps, or all of them in fewer blocks of time.
constexpr std::uint64_t kFewest = 10;
constexpr std::size_t kFewestBlocks = 5;
constexpr double kBeyond = 5;  // iterations or steps beyond a quantile, for it to be compared
// Steps of a framework's task are told by handler from 1 ms on, so one that is a little longer or shorter comes or
// goes.
constexpr std::uint64_t kSurelyToldNs = 2 * kMillisecond;
constexpr double kTooLittle = 0.01;  // of a loop's busy time: who comes or goes with less is not worth a word

bool is_enough(const Sampled& s) { return s.side.count >= kFewest && s.side.occupied >= kFewestBlocks; }

// "" it can be tested.
std::string_view why_not(const Pairing& it) {
  for (const Sampled* s : {&it.before, &it.after})
    if (s->side.count && s->blocks.empty()) return "its blocks of time are not in the recording";
  return is_enough(it.before) && is_enough(it.after) ? "" : "too few to tell";
}

bool appears(const Item& item, const Sampled& sampled) {
  const bool told = item.handler.name.empty() || sampled.side.values.p50_ns >= kSurelyToldNs;
  return is_enough(sampled) && told && (!item.is_task || sampled.side.share >= kTooLittle);
}

}  // namespace

void plan(Pairing& it) {
  Item& item = it.item;
  item.before = it.before.side;
  item.after = it.after.side;
  const bool is_new = !item.before.count, is_gone = !item.after.count;
  if (is_new && appears(item, it.after)) item.verdict = Verdict::New;
  if (is_gone && appears(item, it.before)) item.verdict = Verdict::Gone;
  item.why = is_new || is_gone ? "it comes and goes: too few or too short to tell" : why_not(it);
  if (!item.why.empty()) return;
  const auto count = static_cast<double>(std::min(item.before.count, item.after.count));
  for (std::size_t i = 0; i < kQuantiles.size(); ++i)
    if (count * (1 - kQuantiles[i].q) >= kBeyond) it.tested.push_back(i);
}

}  // namespace loopstall
