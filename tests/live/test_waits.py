"""A wait inside a handler is part of its iteration; an ended loop, a pool thread and a sync worker have no stalls."""
import pathlib
import time

import harness
from harness import FULL, MS

LENGTH = 300 * MS


class NestedWaits(harness.LiveTest):
    """A handler that blocks in a wait of its own is one stall, as long as the wait."""

    def check(self, server, kinds, rounds=2):
        self.start(server)
        client = harness.Client(server.port)
        load = self.start(harness.Load(server.ports))
        with harness.measuring(self.directory, server.pid) as session:
            for kind in kinds * rounds:
                client.block(kind, LENGTH)
                time.sleep(0.03)
        load.stop()
        self.assertEqual([], load.failures)
        verdict = harness.Verdict(session.result, server.log, {server.pid})
        self.assertEqual(len(kinds) * rounds, len(verdict.blocks))
        verdict.assert_counts(self)
        verdict.assert_lengths(self)
        self.one_loop(session.result, server.pid)

    def test_asyncio(self):
        self.check(harness.python_server(self.directory), ["poll", "select", "epoll", "loop"])

    def test_asyncio_reentered(self):
        """As nest_asyncio does it: the same loop, the same epoll descriptor, a deeper stack. Without load: the inner
        loop serves it, and only the outer iteration is one."""
        server = self.start(harness.python_server(self.directory))
        client = harness.Client(server.port)
        with harness.measuring(self.directory, server.pid) as session:
            client.block("reenter", LENGTH)
            time.sleep(0.05)
            client.block("reenter", LENGTH)
        verdict = harness.Verdict(session.result, server.log, {server.pid})
        verdict.assert_counts(self)

    def test_uvloop(self):
        self.require(harness.has_module("uvloop"), f"{harness.PYTHON} has no uvloop")
        self.check(harness.python_server(self.directory, "--uvloop"), ["poll", "select", "epoll", "loop"])

    def test_node(self):
        self.require(harness.has_node(), "no node here")
        self.check(harness.node_server(self.directory), ["loop"])

    def test_epoll(self):
        self.check(harness.c_server(self.directory, "epoll_server"), ["poll", "select", "epoll"])

    def test_poll(self):
        self.check(harness.c_server(self.directory, "poll_server"), ["poll", "select", "epoll"])


class LongAnswer(harness.LiveTest):
    """A handler reads from one socket for seconds, hundreds of polls: one stall, and no new loop."""
    LENGTH = 6000 * MS

    def check(self, name):
        server = self.start(harness.c_server(self.directory, name))
        client = harness.Client(server.port)
        with harness.measuring(self.directory, server.pid) as session:
            client.block("sleep", 30 * MS)
            client.block("polls", self.LENGTH)
            client.block("sleep", 30 * MS)
        verdict = harness.Verdict(session.result, server.log, {server.pid})
        self.assertEqual(3, len(verdict.blocks))
        verdict.assert_counts(self)
        verdict.assert_lengths(self)

    def test_epoll(self):
        self.check("epoll_server")

    def test_poll(self):
        self.check("poll_server")


class SelfDriven(harness.LiveTest):
    """Servers whose handlers block by themselves, while they are let."""

    def blocking(self, server, seconds, settle=0.0):
        """Measured; what they block meanwhile is neither begun before it nor ended after it."""
        go = pathlib.Path(f"{server.log}.go")
        with harness.measuring(self.directory, server.pid) as session:
            time.sleep(settle)
            go.touch()
            time.sleep(seconds)
            go.unlink()
            time.sleep(0.2)
        return session.result


class OneFunction(SelfDriven):
    """The loop's wait and its handlers' are calls in one function, as compilers inline them: one stall for each handler."""
    LOOPS = {"epoll": ["poll", "select", "epoll"], "poll": ["poll", "select", "epoll"], "select": ["select", "poll"],
             "stack-poll": ["poll"], "two-epolls": ["poll", "epoll"], "outer-poll": ["poll"]}

    def check(self, loop, handler):
        pathlib.Path(self.directory, "truth.log").unlink(missing_ok=True)
        server = self.start(harness.c_server(self.directory, "one_function", loop, handler))
        outcome = self.blocking(server, 1, settle=0.1)
        verdict = harness.Verdict(outcome, server.log, {server.pid})
        self.assertGreater(len(verdict.blocks), 3)
        verdict.assert_counts(self)
        verdict.assert_lengths(self)
        self.one_loop(outcome, server.pid)
        server.stop()

    def test_all(self):
        for loop, handlers in self.LOOPS.items():
            for handler in handlers:
                with self.subTest(loop=loop, handler=handler):
                    self.check(loop, handler)


class RunAgain(SelfDriven):
    """A program runs its loop to set up, and then again from elsewhere: idle time there is no stall."""

    def check(self, *options):
        server = self.start(harness.python_server(self.directory, *options, script="rerun_loop.py"))
        outcome = self.blocking(server, 2, settle=2)
        verdict = harness.Verdict(outcome, server.log, {server.pid})
        self.assertGreater(len(verdict.blocks), 3)
        verdict.assert_counts(self)
        self.assertLess(self.one_loop(outcome, server.pid)["utilization"], 0.3)

    def test_asyncio(self):
        self.check("forever")
        pathlib.Path(self.directory, "truth.log").unlink()
        self.check("wrapped")

    def test_uvloop(self):
        self.require(harness.has_module("uvloop"), f"{harness.PYTHON} has no uvloop")
        self.check("forever", "--uvloop")


class LoopForEachJob(SelfDriven):
    """As asyncio.run() for each: what blocks before a loop's first wait, or after its last, is a stall."""

    def check(self, *options):
        server = self.start(harness.python_server(self.directory, *options, script="rerun_loop.py"))
        outcome = self.blocking(server, 1, settle=2)
        verdict = harness.Verdict(outcome, server.log, {server.pid})
        self.assertGreater(len(verdict.blocks), 5)
        verdict.assert_counts(self)
        return verdict

    def test_asyncio(self):
        self.check("jobs")

    def test_uvloop(self):
        self.require(harness.has_module("uvloop"), f"{harness.PYTHON} has no uvloop")
        self.check("jobs", "--uvloop")

    def test_uvloop_in_a_thread(self):
        self.require(harness.has_module("uvloop"), f"{harness.PYTHON} has no uvloop")
        self.check("thread", "--uvloop")

    def test_inside_another(self):
        """All of it is one handler's, and what that does after it."""
        self.check("inside").assert_lengths(self)

    def test_short_ones(self):
        """They are closed by the time anybody looks at what they waited for."""
        self.require(harness.has_module("uvloop"), f"{harness.PYTHON} has no uvloop")
        log, report = (pathlib.Path(self.directory, name) for name in ("truth.log", "x.json"))
        outcome = harness.loopstall("run", "-q", "-o", report, "--", harness.PYTHON, "-B",
                                    harness.SOURCES / "rerun_loop.py", log, "short", "--uvloop")
        self.assertEqual(0, outcome.code, outcome.stderr)
        outcome.stdout = report.read_text()
        self.assertEqual(1, len(outcome.loops()))


class ServesLater(harness.LiveTest):
    """A program that waits for this and that before it opens its loop: what it polled is no loop, and hides none."""

    def check(self, *options):
        log, report = (pathlib.Path(self.directory, name) for name in ("truth.log", "x.json"))
        log.unlink(missing_ok=True)
        pathlib.Path(f"{log}.go").touch()
        outcome = harness.loopstall("run", "-q", "-o", report, "--", harness.PYTHON, "-B",
                                    harness.SOURCES / "rerun_loop.py", log, "late", *options)
        self.assertEqual(0, outcome.code, outcome.stderr)
        outcome.stdout = report.read_text()
        loop, = outcome.loops()
        verdict = harness.Verdict(outcome, log, {loop["pid"]})
        self.assertGreater(len(verdict.blocks), 3)
        verdict.assert_counts(self)
        self.assertIn("epoll", loop["wait"])

    def test_asyncio(self):
        self.check()

    def test_uvloop(self):
        self.require(harness.has_module("uvloop"), f"{harness.PYTHON} has no uvloop")
        self.check("--uvloop")


class AttachedInside(harness.LiveTest):
    """A handler waits most of the time, always in the same place: loopstall attaches while it does."""
    ATTACHED, WAIT, SECONDS = 8 if FULL else 2, 60 * MS, 1

    def check(self, server, kinds):
        self.start(server)
        for kind in kinds:
            load = self.start(harness.Load(server.ports, connections=1, line=lambda _, kind=kind: f"block {kind} {self.WAIT}"))
            for _ in range(self.ATTACHED):
                self.attach(server)
            load.stop()
            self.assertEqual([], load.failures)

    def attach(self, server):
        with harness.measuring(self.directory, server.pid) as session:
            time.sleep(self.SECONDS)
        self.assertEqual(0, session.result.code, session.result.stderr)
        loop = self.one_loop(session.result, server.pid)
        self.assertIn("epoll", loop["wait"])
        self.assertGreater(loop["stalls"], 5)

    def test_asyncio(self):
        self.check(harness.python_server(self.directory), ["poll", "select", "epoll"])

    def test_uvloop(self):
        self.require(harness.has_module("uvloop"), f"{harness.PYTHON} has no uvloop")
        self.check(harness.python_server(self.directory, "--uvloop"), ["poll", "select", "epoll"])

    def test_epoll(self):
        self.check(harness.c_server(self.directory, "epoll_server"), ["poll", "select", "epoll"])


class ShortConnections(harness.LiveTest):
    """A poll() loop has more than its listener to wait for only while a client is connected."""

    def test_poll(self):
        server = self.start(harness.c_server(self.directory, "poll_server"))
        with harness.measuring(self.directory, server.pid) as session:
            for _ in range(20):
                client = harness.Client(server.port)
                client.block("sleep", 30 * MS)
                client.close()
                time.sleep(0.1)
        self.assertEqual(20, self.one_loop(session.result, server.pid)["stalls"])


class NoLoop(harness.LiveTest):
    """What looks like a stall to a naive eye and is none."""

    def assert_no_stall(self, outcome, pid):
        self.assertEqual(0, outcome.code, outcome.stderr)
        self.assertEqual([], [harness.describe(s) for s in outcome.stalls(pid)])
        self.assertEqual(0, sum(loop["stalls"] for loop in outcome.loops(pid)))

    def check_end(self, server):
        self.start(server)
        load = self.start(harness.Load(server.ports))
        with harness.measuring(self.directory, server.pid) as session:
            time.sleep(0.5)
            load.stop()
            harness.Client(server.port).ask("quit")
            harness.wait_for("the loop to end", lambda: "ended" in server.stdout())
            time.sleep(1)
        self.assert_no_stall(session.result, server.pid)
        self.assertGreater(self.one_loop(session.result, server.pid)["iterations"], 20)

    def test_asyncio_run_returns(self):
        self.check_end(harness.python_server(self.directory, "--mode", "ends"))

    def test_uvloop_returns(self):
        self.require(harness.has_module("uvloop"), f"{harness.PYTHON} has no uvloop")
        self.check_end(harness.python_server(self.directory, "--uvloop", "--mode", "ends"))

    def test_epoll_loop_ends(self):
        self.check_end(harness.c_server(self.directory, "ends_loop"))

    def test_loop_ends_with_the_process(self):
        server = self.start(harness.c_server(self.directory, "epoll_server"))
        attached = self.start(harness.Attached(self.directory, server.pid))
        client = harness.Client(server.port)
        client.block("sleep", 50 * MS)
        client.ask("quit")
        outcome = attached.outcome()
        self.assertEqual(0, outcome.code, outcome.stderr)
        self.assertEqual(1, len(outcome.stalls(server.pid)))

    def test_pool_thread_on_one_socket(self):
        server = self.start(harness.python_server(self.directory, "--mode", "pool"))
        with harness.measuring(self.directory, server.pid) as session:
            time.sleep(2)
        self.assert_no_stall(session.result, server.pid)
        self.assertEqual([server.pid], [loop["tid"] for loop in session.result.loops(server.pid)])
        others = [thread for thread in session.result.report["unconfirmed"] if thread["tid"] != server.pid]
        for thread in others:
            self.assertTrue(thread["reason"], thread)

    def check_gunicorn_sync_worker(self, path, requests):
        self.require(harness.has_module("gunicorn"), f"{harness.PYTHON} has no gunicorn")
        server = self.start(harness.HttpServer(self.directory, "gunicorn", "wsgi_app:app"))
        worker = server.workers()[0]
        with harness.measuring(self.directory, server.pid) as session:
            for _ in range(requests):
                server.get(path)
        blocks, _ = harness.read_log(server.log)
        self.assertEqual(requests, len(blocks))
        # No loop at all is as right as an unconfirmed one, and exits with 3.
        self.assertIn(session.result.code, (0, 3), session.result.stderr)
        if session.result.code == 0:
            self.assertEqual([], session.result.stalls())
            self.assertEqual([], session.result.loops(worker))

    def test_gunicorn_sync_worker(self):
        self.check_gunicorn_sync_worker(f"/block/sleep/{60 * MS}", 8)

    def test_gunicorn_sync_worker_that_runs_commands(self):
        """subprocess polls two pipes, whose numbers are sockets' when loopstall looks."""
        self.check_gunicorn_sync_worker(f"/command/{60 * MS}", 30)

    def test_synchronous_after_asyncio(self):
        """What it does after its loop was closed, on one socket, is no loop's iterations."""
        server = self.start(harness.python_server(self.directory, "ended", script="rerun_loop.py"))
        with harness.measuring(self.directory, server.pid) as session:
            harness.wait_for("the loop to end", lambda: "ended" in server.stdout())
            time.sleep(2)
        self.assert_no_stall(session.result, server.pid)

    def test_supervisor(self):
        server = self.start(harness.python_server(self.directory, script="supervisor.py"))
        with harness.measuring(self.directory, server.pid) as session:
            time.sleep(3)
        self.assertIn(session.result.code, (0, 3), session.result.stderr)
        if session.result.code == 0:
            self.assertEqual([], session.result.loops(server.pid))
            self.assertEqual([], session.result.stalls())


if __name__ == "__main__":
    harness.main()
