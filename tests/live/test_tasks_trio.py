"""Every step of trio's tasks is counted under its own task, also where asyncio is imported, or runs in another thread, and
where anyio runs trio; against a program that logs each step (trio_server.py)."""
import time

import harness
import tasks
from test_tasks import ATTEMPTS, SCALE

PHASES = ("spins", "tasks", "nested", "threads", "gil", "sockets")
# After its last line a step of these waits for the GIL, or trio handles what it raised.
VAGUE = ("uses_threads", "while_others_compute", "raises", "task")


class TrioServer(harness.Server):
    python = harness.PYTHON

    def __init__(self, directory, *options):
        log = f"{directory}/steps.json"
        argv = [self.python, "-B", harness.SOURCES / "trio_server.py", log, "--scale", SCALE, *options]
        super().__init__(argv, directory, "trio_server", log)


class Trio(harness.LiveTest):
    options = ()
    runtime = "trio"

    def setUp(self):
        super().setUp()
        self.require(harness.has_module("trio"), f"{harness.PYTHON} has no trio")

    def test_every_step(self):
        tasks.timed_right(self, self.measured, ATTEMPTS)

    def measured(self):
        server = self.start(TrioServer(self.directory, *self.options))
        target = self.start(tasks.Commander(server.port))
        target.do("warm")
        with tasks.measuring(self.directory, server.pid) as session:
            since = time.monotonic_ns()
            target.do("warm")
            sure = time.monotonic_ns()
            target.do(*PHASES)
        target.do("write")
        outcome = session.result
        verdict = tasks.Verdict(outcome, server.log, server.pid, since, sure, vague=VAGUE,
                                judges=lambda key: key.tid == server.pid)
        print(self.id(), verdict.judged, "steps,", len(verdict.off), "off,", len(verdict.mistimed), "mistimed", flush=True)
        verdict.assert_counts(self, 4000)
        self.assertEqual([], tasks.off_loop(outcome, server.pid))
        self.check_runtimes(outcome, server.pid)
        server.stop()
        return verdict

    def check_runtimes(self, outcome, pid):
        told = {loop["runtime"].split(", ", 1)[1] for loop in outcome.loops(pid)}
        self.assertEqual({self.runtime}, told, outcome.stderr)


class Anyio(Trio):
    options = ("--anyio",)

    def setUp(self):
        super().setUp()
        self.require(harness.has_module("anyio"), f"{harness.PYTHON} has no anyio")


class BesideAsyncio(Trio):
    options = ("--asyncio",)
    runtime = "asyncio, trio"


if __name__ == "__main__":
    harness.main()
