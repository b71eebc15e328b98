#include "recording/block_inserts.h"

#include <algorithm>

#include "recording/insert_sql.h"
#include "recording/row.h"

namespace loopstall {
namespace {

// In the order of BlockInserts' members.
Names texts() {
  return {"INSERT OR REPLACE INTO meta(key, value) VALUES('block_ns', ?)",
          "DELETE FROM block WHERE block >= ?",
          insert_sql<BlockSpan>("block", {"block"}),
          "DELETE FROM loop_block WHERE loop = ? AND block >= ?",
          "DELETE FROM loop_block_bucket WHERE loop = ? AND block >= ?",
          insert_sql<LoopBlock>("loop_block", {"loop"}),
          insert_sql("loop_block_bucket", {"loop", "block", "kind", "bucket", "count", "sum_ns"}),
          "DELETE FROM task_block WHERE task = ? AND n = ? AND block >= ?",
          "DELETE FROM task_block_bucket WHERE task = ? AND n = ? AND block >= ?",
          insert_sql<TaskBlock>("task_block", {"task", "n"}),
          insert_sql("task_block_bucket", {"task", "n", "block", "bucket", "count", "sum_ns"})};
}

template <class Row, class... Keys>
Result<> run_row(Statement& statement, const Row& row, const Keys&... keys) {
  Bind bind{statement};
  (bind("", keys), ...);
  columns(row, bind);
  return statement.run();
}

template <class... Keys>
Result<> run_buckets(Statement& statement, const Buckets& buckets, const Keys&... keys) {
  Result<> r;
  for (const BucketDelta& b : buckets)
    if (r) r = run(statement, keys..., b.bucket, b.count, b.sum_ns);
  return r;
}

// Which part of a series has to be written: from which index on, after the rows from which block on were taken out.
struct Rest {
  std::size_t index = 0;
  std::uint32_t block = 0;
  bool any = false;
};

template <class Block>
Rest difference(const std::vector<Shared<Block>>& now, const std::vector<Shared<Block>>& before) {
  const auto [a, b] = std::mismatch(now.begin(), now.end(), before.begin(), before.end());
  Rest rest{static_cast<std::size_t>(a - now.begin()), kBlocks, a != now.end() || b != before.end()};
  if (a != now.end()) rest.block = (*a)->number;
  if (b != before.end()) rest.block = std::min(rest.block, (*b)->number);
  return rest;
}

}  // namespace

BlockInserts::BlockInserts(std::vector<Statement> s)
    : length_(std::move(s[0])),
      drop_spans_(std::move(s[1])),
      span_(std::move(s[2])),
      drop_loop_(std::move(s[3])),
      drop_loop_buckets_(std::move(s[4])),
      loop_(std::move(s[5])),
      loop_bucket_(std::move(s[6])),
      drop_task_(std::move(s[7])),
      drop_task_buckets_(std::move(s[8])),
      task_(std::move(s[9])),
      task_bucket_(std::move(s[10])) {}

Result<BlockInserts> BlockInserts::prepare(Database& db) {
  return prepare_all(db, texts()).map([](std::vector<Statement> s) { return BlockInserts(std::move(s)); });
}

Result<> BlockInserts::store_grid(const BlockGrid& now, const BlockGrid& before) {
  const auto [a, b] = std::mismatch(now.spans.begin(), now.spans.end(), before.spans.begin(), before.spans.end());
  const auto first = static_cast<std::size_t>(a - now.spans.begin());
  Result<> r = run(length_, std::to_string(now.length_ns));
  if (r && b != before.spans.end()) r = run(drop_spans_, first);
  for (std::size_t i = first; r && i < now.spans.size(); ++i) r = run_row(span_, now.spans[i], i);
  return r;
}

Result<> BlockInserts::store_loop(std::size_t loop, const Loop& now, const Loop& before) {
  const Rest rest = difference(now.blocks, before.blocks);
  if (!rest.any) return {};
  Result<> r = run(drop_loop_, loop, rest.block).and_then([&] { return run(drop_loop_buckets_, loop, rest.block); });
  for (std::size_t i = rest.index; r && i < now.blocks.size(); ++i) r = store_loop_block(loop, *now.blocks[i]);
  return r;
}

Result<> BlockInserts::store_loop_block(std::size_t loop, const LoopBlock& block) {
  return run_row(loop_, block, loop)
      .and_then([&] { return run_buckets(loop_bucket_, block.busy, loop, block.number, std::string("busy")); })
      .and_then([&] { return run_buckets(loop_bucket_, block.own, loop, block.number, std::string("own")); });
}

Result<> BlockInserts::store_task(std::size_t task, const Task& now, const Task& before) {
  const TaskHandler none;
  Result<> r = store_series(task, kAllSteps, now.blocks, before.blocks);
  for (std::size_t n = 0; r && n < now.handlers.size(); ++n) {
    const TaskHandler& old = n < before.handlers.size() ? before.handlers[n] : none;
    r = store_series(task, static_cast<int>(n), now.handlers[n].blocks, old.blocks);
  }
  return r;
}

Result<> BlockInserts::store_series(std::size_t task, int n, const std::vector<Shared<TaskBlock>>& now,
                                    const std::vector<Shared<TaskBlock>>& before) {
  const Rest rest = difference(now, before);
  if (!rest.any) return {};
  Result<> r =
      run(drop_task_, task, n, rest.block).and_then([&] { return run(drop_task_buckets_, task, n, rest.block); });
  for (std::size_t i = rest.index; r && i < now.size(); ++i) r = store_task_block(task, n, *now[i]);
  return r;
}

Result<> BlockInserts::store_task_block(std::size_t task, int n, const TaskBlock& block) {
  return run_row(task_, block, task, n).and_then([&] {
    return run_buckets(task_bucket_, block.hold, task, n, block.number);
  });
}

}  // namespace loopstall
