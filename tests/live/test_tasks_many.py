"""Ten thousand distinct coroutines: each has its row, the heaviest come first, and memory is bounded; what there is no
room for is counted."""
import time

import harness
import tasks
from harness import MS

HEAVY = 10           # of many_tasks.py
MAP_BYTES = 48 << 20
RESIDENT_BYTES = 80 << 20
INTERRUPTED = 5      # steps of 10 us, of 10,000, may be right after something that took the CPU from the program's log
ROOM = 12288         # LS_MAX_TASKS of probes/task.h, "other" of each loop included


class Many(harness.LiveTest):
    def setUp(self):
        super().setUp()
        log = f"{self.directory}/steps.json"
        argv = [harness.PYTHON, "-B", harness.SOURCES / "many_tasks.py", log]
        self.server = self.start(harness.Server(argv, self.directory, "many_tasks", log))
        self.target = self.start(tasks.Commander(self.server.port))
        self.target.do("warm")

    def measure(self, *phases):
        with tasks.measuring(self.directory, self.server.pid) as session:
            self.since = time.monotonic_ns()
            self.target.do("warm")
            self.sure = time.monotonic_ns()
            self.target.do(*phases)
        self.target.do("write")
        return session.result

    def steps(self):
        return [s for s in tasks.read_steps(self.server.log) if s.end >= self.since]

    def assert_small(self, outcome):
        cost = outcome.report["cost"]
        print(self.id(), f"maps {cost['map_bytes'] / 1e6:.1f} MB, resident {cost['collector_rss_bytes'] / 1e6:.1f} MB",
              flush=True)
        self.assertLess(cost["map_bytes"], MAP_BYTES)
        self.assertLess(cost["collector_rss_bytes"], RESIDENT_BYTES)

    def assert_heaviest_first(self, outcome):
        truth = tasks.by_key(self.steps())
        heaviest = sorted(truth, key=lambda key: -sum(s.least for s in truth[key]))
        heaviest = [key.name for key in heaviest if key.name.startswith("many")][:HEAVY]
        rows = [row["name"] for row in tasks.rows_of(outcome, self.server.pid) if row["name"].startswith("many")]
        self.assertEqual(heaviest, rows[:HEAVY])

    def test_all_have_rows(self):
        outcome = self.measure("many")
        self.assert_small(outcome)
        self.assert_heaviest_first(outcome)
        verdict = tasks.Verdict(outcome, self.server.log, self.server.pid, self.since, self.sure)
        verdict.assert_good(self, 10_000, INTERRUPTED)
        self.assertEqual([], tasks.off_loop(outcome, self.server.pid))

    def test_no_room_for_all(self):
        outcome = self.measure("many", "more")
        self.assert_small(outcome)
        self.assert_heaviest_first(outcome)
        rows = tasks.rows_of(outcome, self.server.pid)
        self.assertLessEqual(len(rows), ROOM)
        other, = [row for row in rows if row["kind"] == "other"]
        steps = self.steps()
        missing = len(tasks.by_key(steps)) - (len(rows) - 1)
        print(self.id(), tasks.describe(other), f"{missing} of no row", flush=True)
        self.assertGreater(missing, 0)
        # Each of those ran once, the heavy ones aside, and those came early.
        self.assertGreaterEqual(other["steps"]["count"], missing)
        self.assertGreaterEqual(other["steps"]["sum_ns"], missing * MS // 100)
        counted = sum(row["steps"]["count"] for row in rows)
        self.assertIn(counted, range(sum(s.start >= self.sure for s in steps), len(steps) + 1))
        self.assertEqual([], tasks.off_loop(outcome, self.server.pid))


if __name__ == "__main__":
    harness.main()
