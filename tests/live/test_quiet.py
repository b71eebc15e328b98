"""A busy server that yields has no stalls; an idle one has no utilization."""
import time

import harness
from harness import THRESHOLD


class Quiet(harness.LiveTest):
    def check_yielding(self, *options):
        server = self.start(harness.python_server(self.directory, "--mode", "yield", *options))
        gaps = self.start(harness.Gaps(self.directory))
        load = self.start(harness.Load(server.ports))
        with harness.measuring(self.directory, server.pid) as session:
            time.sleep(4)
        load.stop()
        loop = self.one_loop(session.result, server.pid)
        verdict = harness.Verdict(session.result, server.log, {server.pid}, gaps)
        self.assertEqual([], verdict.invented, "nothing held the loop for 10 ms")
        # The histogram's own time must agree, also for stalls that were too many to keep.
        unexplained = [s for s in verdict.stalls if s["own_ns"] >= THRESHOLD]
        if not unexplained:
            self.assertLess(loop["own"]["max_ns"], THRESHOLD)
        self.assertGreater(loop["iterations"], 4000)
        return loop

    def test_asyncio_yields(self):
        loop = self.check_yielding()
        self.assertGreater(loop["utilization"], 0.75)
        self.assertLess(loop["utilization"], 0.99)

    def test_uvloop_yields(self):
        self.require(harness.has_module("uvloop"), f"{harness.PYTHON} has no uvloop")
        self.check_yielding("--uvloop")

    def check_idle(self, server):
        self.start(server)
        with harness.measuring(self.directory, server.pid) as session:
            time.sleep(3)
        self.assertEqual(0, session.result.code, session.result.stderr)
        loop = self.one_loop(session.result, server.pid)
        self.assertLess(loop["utilization"], 0.01)
        self.assertEqual(0, loop["stalls"])
        # The loop never woke up, and yet all of its time is known to be idle.
        self.assertGreater(loop["idle_ns"], 2_500_000_000)

    def test_asyncio_idles(self):
        self.check_idle(harness.python_server(self.directory))

    def test_epoll_idles(self):
        self.check_idle(harness.c_server(self.directory, "epoll_server"))

    def test_nearly_idle(self):
        server = self.start(harness.c_server(self.directory, "epoll_server"))
        load = self.start(harness.Load(server.ports, connections=1, pause=0.05))
        with harness.measuring(self.directory, server.pid) as session:
            time.sleep(3)
        load.stop()
        loop = self.one_loop(session.result, server.pid)
        self.assertLess(loop["utilization"], 0.01)
        self.assertGreater(loop["iterations"], 20)


if __name__ == "__main__":
    harness.main()
