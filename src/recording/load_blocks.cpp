#include "recording/load_blocks.h"

#include "model/count_blocks.h"
#include "recording/block_inserts.h"
#include "recording/query.h"

namespace loopstall {
namespace {

template <class Block>
using Series = std::vector<Block>;

// The blocks of everything, before they are shared.
struct Loaded {
  std::vector<Series<LoopBlock>> loops;
  std::vector<std::vector<Series<TaskBlock>>> tasks;  // of each task: all its steps', then its handlers'
};

Loaded room_for(const Session& session) {
  Loaded loaded;
  loaded.loops.resize(session.loops.size());
  for (const Task& task : session.tasks) loaded.tasks.emplace_back(task.handlers.size() + 1);
  return loaded;
}

// nullptr: there is none of this number. A recording may come from anywhere.
template <class T>
T* at(std::vector<T>& rows, std::int64_t index) {
  return index >= 0 && index < to_sql(rows.size()) ? &rows[static_cast<std::size_t>(index)] : nullptr;
}

Series<TaskBlock>* series_at(Loaded& loaded, const Statement& s) {
  auto* task = at(loaded.tasks, s.integer(0));
  return task ? at(*task, s.integer(1) - kAllSteps) : nullptr;
}

// Appends the row's block, from `column` on.
template <class Block>
bool append(const Statement& s, int column, Series<Block>& series, const BlockGrid& grid) {
  Block block;
  Fetch fetch{s, column};
  columns(block, fetch);
  if (block.number >= grid.spans.size() || (!series.empty() && series.back().number >= block.number)) return false;
  series.push_back(std::move(block));
  return true;
}

// nullptr: no row told of it.
template <class Block>
Block* find(Series<Block>& series, std::int64_t number) {
  for (Block& block : series)
    if (to_sql(block.number) == number) return &block;
  return nullptr;
}

Result<> load_grid(Database& db, BlockGrid& grid) {
  const auto take_span = [&](const Statement& s) -> Result<> {
    if (s.integer(0) != to_sql(grid.spans.size()) || grid.spans.size() == kBlocks) return damaged("block");
    Fetch fetch{s, 1};
    columns(grid.spans.emplace_back(), fetch);
    return {};
  };
  const auto take_length = [&](const Statement& s) -> Result<> {
    grid.length_ns = static_cast<std::uint64_t>(s.integer(0));
    return {};
  };
  return query(db, select_sql<BlockSpan>("block", "block", "ORDER BY block"), take_span).and_then([&] {
    return query(db, "SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'block_ns'", take_length);
  });
}

Result<> load_loop_blocks(Database& db, Loaded& loaded, const BlockGrid& grid) {
  return query(db, select_sql<LoopBlock>("loop", "loop_block", "ORDER BY loop, block"), [&](const Statement& s) {
    Series<LoopBlock>* series = at(loaded.loops, s.integer(0));
    return series && append(s, 1, *series, grid) ? Result<>() : damaged("loop_block");
  });
}

Result<> load_loop_buckets(Database& db, Loaded& loaded) {
  return query(db,
               "SELECT loop, block, kind = 'own', bucket, count, sum_ns FROM loop_block_bucket "
               "ORDER BY loop, block, kind, bucket",
               [&](const Statement& s) -> Result<> {
                 Series<LoopBlock>* series = at(loaded.loops, s.integer(0));
                 LoopBlock* block = series ? find(*series, s.integer(1)) : nullptr;
                 if (!block) return damaged("loop_block_bucket");
                 return load_bucket(s, 3, s.integer(2) ? block->own : block->busy);
               });
}

Result<> load_task_blocks(Database& db, Loaded& loaded, const BlockGrid& grid) {
  return query(db, select_sql<TaskBlock>("task, n", "task_block", "ORDER BY task, n, block"), [&](const Statement& s) {
    Series<TaskBlock>* series = series_at(loaded, s);
    return series && append(s, 2, *series, grid) ? Result<>() : damaged("task_block");
  });
}

Result<> load_task_block_buckets(Database& db, Loaded& loaded) {
  return query(db,
               "SELECT task, n, block, bucket, count, sum_ns FROM task_block_bucket ORDER BY task, n, block, bucket",
               [&](const Statement& s) -> Result<> {
                 Series<TaskBlock>* series = series_at(loaded, s);
                 TaskBlock* block = series ? find(*series, s.integer(2)) : nullptr;
                 return block ? load_bucket(s, 3, block->hold) : damaged("task_block_bucket");
               });
}

template <class Block>
std::vector<Shared<Block>> shared(Series<Block>& series) {
  return {std::make_move_iterator(series.begin()), std::make_move_iterator(series.end())};
}

void hand_over(Session& session, Loaded& loaded) {
  for (std::size_t i = 0; i < session.loops.size(); ++i) session.loops[i].blocks = shared(loaded.loops[i]);
  for (std::size_t i = 0; i < session.tasks.size(); ++i) {
    Task& task = session.tasks[i];
    task.blocks = shared(loaded.tasks[i][0]);
    for (std::size_t n = 0; n < task.handlers.size(); ++n) task.handlers[n].blocks = shared(loaded.tasks[i][n + 1]);
  }
  session.blocks.task_buckets = count_task_buckets(session.tasks);
}

}  // namespace

Result<> load_blocks(Database& db, Session& session) {
  Loaded loaded = room_for(session);
  return load_grid(db, session.blocks)
      .and_then([&] { return load_loop_blocks(db, loaded, session.blocks); })
      .and_then([&] { return load_loop_buckets(db, loaded); })
      .and_then([&] { return load_task_blocks(db, loaded, session.blocks); })
      .and_then([&] { return load_task_block_buckets(db, loaded); })
      .map([&] { hand_over(session, loaded); });
}

}  // namespace loopstall
