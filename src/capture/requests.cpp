#include "capture/requests.h"

#include <algorithm>
#include <utility>

#include "capture/map_batch.h"

namespace loopstall {

static_assert(static_cast<int>(Protocol::Redis) == LS_PROTOCOL_REDIS, "Protocol mirrors enum ls_protocol");

namespace {

constexpr std::uint32_t kNamesTold = 16384;  // of all loops that ever were

RequestName name_of(const ls_request_name& name) {
  const auto length = std::min<std::size_t>(name.length, LS_REQUEST_TEXT);
  return {static_cast<Protocol>(name.protocol), std::string(name.text, length), name.cut != 0};
}

void delete_buckets(int fd, std::uint32_t row, const std::map<std::uint32_t, struct ls_bucket>& buckets) {
  for (const auto& [number, value] : buckets) {
    const ls_request_bucket_key key = {row, number};
    bpf_map_delete_elem(fd, &key);
  }
}

}  // namespace

RequestId Requests::number_of(LoopId loop, const ls_request_key& key, Observer& observer) {
  const RequestId next{numbers_};
  RequestName name = name_of(key.name);
  if (numbers_ >= kNamesTold) {
    const auto [other, is_new] = others_.try_emplace(loop, next);
    if (!is_new) return other->second;
    name = {};
  }
  ++numbers_;
  observer.on(RequestSeen{next, loop, std::move(name)});
  return next;
}

void Requests::read_buckets(const RequestObject& object) {
  each_element<ls_request_bucket_key, struct ls_bucket>(
      bpf_map__fd(object.skeleton->maps.request_buckets),
      [&](const ls_request_bucket_key& key, const struct ls_bucket& now) {
        Row& row = rows_[key.row];
        struct ls_bucket& before = row.buckets[key.bucket];
        if (now.count == before.count) return;
        row.changed.push_back({key.bucket, now.count - before.count, now.sum - before.sum});
        before = now;
      });
}

void Requests::tell(std::uint32_t index, const ls_request_row& now, LoopId loop, Observer& observer) {
  Row& row = rows_[index];
  if (now.requests == row.last.requests && row.changed.empty()) return;
  if (!row.id) row.id = number_of(loop, now.key, observer);
  observer.on(
      RequestSample{*row.id, now.requests - row.last.requests, std::exchange(row.changed, {}), now.min_ns, now.max_ns});
  row.last = now;
}

void Requests::tell_reads(std::uint32_t slot, const ls_requests& now, LoopId loop, Observer& observer) {
  ls_requests& before = slots_[slot];
  observer.on(RequestReadsCounted{loop, now.encrypted - before.encrypted, now.not_told - before.not_told});
  before = now;
}

// A slot's own row holds what there was no room for.
void Requests::read(const RequestObject& object, const std::map<std::uint32_t, LoopId>& loops, Observer& observer) {
  read_buckets(object);
  for (const auto& [slot, loop] : loops) tell_reads(slot, ls_requests(object.loops[slot]), loop, observer);
  for (std::uint32_t index = 0; index < LS_MAX_REQUEST_ROWS; ++index) {
    const ls_request_row& row = object.rows[index];
    if (!row.requests) continue;
    const auto loop = loops.find(index < LS_MAX_LOOPS ? index : row.key.slot);
    if (loop != loops.end()) tell(index, ls_request_row(row), loop->second, observer);
  }
}

void Requests::close_slot(const RequestObject& object, std::uint32_t slot) {
  const auto& maps = object.skeleton->maps;
  for (std::uint32_t index = 0; index < LS_MAX_REQUEST_ROWS; ++index) {
    ls_request_row& row = object.rows[index];
    if ((index < LS_MAX_LOOPS ? index : row.key.slot) != slot || !row.requests) continue;
    if (index >= LS_MAX_LOOPS) bpf_map_delete_elem(bpf_map__fd(maps.request_keys), &row.key);
    delete_buckets(bpf_map__fd(maps.request_buckets), index, rows_[index].buckets);
    rows_.erase(index);
    row = {};
    if (index >= LS_MAX_LOOPS) object.give_back(index);
  }
  object.loops[slot] = {};
  slots_.erase(slot);
}

}  // namespace loopstall
