"""A process that was stuck long before loopstall attached is shown with its stack within a second; a stopped one is
stopped; a healthy one has no culprit."""
import functools
import os
import pathlib
import signal
import subprocess
import tempfile
import time

import evidence
import harness
from harness import MS

STUCK = 5  # seconds before loopstall comes
FOREVER = 600 * 1000 * MS


class Stuck(harness.LiveTest):
    """Each server is asked to block for ever; five seconds later loopstall comes and looks for one second."""

    def block(self, server, line):
        client = harness.Client(server.port)
        client.ask("ping")
        client.socket.sendall(f"{line}\n".encode())
        self.addCleanup(client.close)

    def new_directory(self, name):
        path = os.path.join(self.directory, name)
        os.mkdir(path)
        return path

    def native(self, kind):
        server = self.start(harness.c_server(self.new_directory(kind), "epoll_server"))
        self.block(server, f"block {kind} {FOREVER}")
        return server.pid

    def python(self, kind, *options):
        server = self.start(evidence.TrapServer(self.new_directory("-".join(["python", kind, *options])),
                                                harness.PYTHON, *options))
        self.block(server, f"trap {kind} task {FOREVER} {self.late.port}")
        return server.pid

    def setUp(self):
        super().setUp()
        self.late = self.start(evidence.LateServer())

    def attach(self, pid):
        """The one stall of that process."""
        outcome = harness.loopstall("attach", pid, "-d", "1s", "--json")
        self.assertEqual(0, outcome.code, outcome.stderr)
        stalls = outcome.stalls(pid)
        self.assertEqual([(True, True)], [(s["before_attach"], s["ongoing"]) for s in stalls], outcome.stderr)
        return stalls[0]

    def judge_native(self, pid, kind, causes):
        stall = self.attach(pid)
        text = evidence.describe(stall)
        functions = [frame["function"] for frame in stall["frames"]]
        self.assertIn(f"block_{kind}", functions, text)
        self.assertIn("main", functions, text)
        self.assertIn(evidence.own_cause(stall)["kind"], causes, text)

    def judge_python(self, pid, kind, function):
        stall = self.attach(pid)
        text = evidence.describe(stall)
        self.assertIn(function, [frame["function"] for frame in stall["frames"]], text)
        self.assertTrue(evidence.CAUSES[kind].accepts(evidence.own_cause(stall), {"late": self.late.port}), text)
        self.assertIsNotNone(stall["culprit"], text)
        self.assertEqual((function, "one_task"),
                         (stall["culprit"]["frame"]["name"], stall["culprit"]["handler"]["name"]), text)

    def test_asleep(self):
        natives = {kind: self.native(kind) for kind in ("sleep", "poll", "pair", "select", "epoll")}
        pythons = {kind: self.python(kind) for kind in ("sleep", "socket")}
        uvloop = harness.has_module("uvloop") and self.python("sleep", "--uvloop")
        time.sleep(harness.seconds(STUCK))
        for kind, pid in natives.items():
            with self.subTest(kind=kind):
                self.judge_native(pid, kind, ("timer",) if kind == "sleep" else ("wait", "pipe"))
        for kind, pid in pythons.items():
            with self.subTest(python=kind):
                self.judge_python(pid, kind, {"socket": "socket_read"}.get(kind, kind))
        if uvloop:
            with self.subTest(uvloop="sleep"):
                self.judge_python(uvloop, "sleep", "sleep")

    def test_returns_meanwhile(self):
        """What it waited for before was no idle time."""
        server = self.start(harness.c_server(self.directory, "epoll_server"))
        self.block(server, f"block pair {2500 * MS}")
        with harness.measuring(self.directory, server.pid) as session:
            harness.wait_for("the handler to end", lambda: harness.read_log(server.log)[0], 5)
            time.sleep(0.5)
        loop = self.one_loop(session.result, server.pid)
        stall, = session.result.stalls(server.pid)
        self.assertEqual((True, False), (stall["before_attach"], stall["ongoing"]))
        self.assertEqual((1, 0), (loop["stalls"], loop["discarded"]))
        self.assertAlmostEqual(loop["watched_ns"] - stall["busy_ns"], loop["idle_ns"], delta=30 * MS)

    def test_spinning(self):
        native, python = self.native("spin"), self.python("spin")
        time.sleep(harness.seconds(STUCK))
        self.judge_native(native, "spin", ("cpu",))
        self.judge_python(python, "spin", "spin")

    def test_told_within_a_second(self):
        """Live, not only in the report: on standard error, and to a command."""
        server = self.start(harness.c_server(self.directory, "epoll_server"))
        told = pathlib.Path(self.directory) / "told"
        options = ("-v", "--on-stall", f"env | grep ^LOOPSTALL_ > {told}.new; mv {told}.new {told}")
        with harness.measuring(self.directory, server.pid, options=options) as session:
            time.sleep(0.3)
            self.block(server, f"block sleep {FOREVER}")
            harness.wait_for("the stall to be told", lambda: "block_sleep" in session.stderr(), 1.2)
            harness.wait_for("the command to have run", told.exists, 1.2)
        words = dict(line.split("=", 1) for line in told.read_text().splitlines())
        self.assertEqual((str(server.pid), str(server.pid)), (words["LOOPSTALL_PID"], words["LOOPSTALL_TID"]))
        self.assertEqual("block_sleep", words["LOOPSTALL_CULPRIT"])
        self.assertGreaterEqual(int(words["LOOPSTALL_STALL_NS"]), harness.THRESHOLD)


class LeftOver(harness.LiveTest):
    """An epoll set that nobody waits for is no stuck loop if the main thread has work of its own: an idle server is idle."""

    def check(self, mode, before=lambda client: None):
        server = self.start(harness.python_server(self.directory, mode, script="left_over.py"))
        client = harness.Client(server.port)
        self.addCleanup(client.close)
        before(client)
        outcome = harness.loopstall("attach", server.pid, "-d", "1s", "--json")
        self.assertIn(outcome.code, (0, 3), outcome.stderr)
        self.assertNotIn("presumed", outcome.stdout + outcome.stderr)
        stalls = outcome.stalls(server.pid) if outcome.code == 0 else []
        self.assertEqual([], [evidence.describe(s) for s in stalls if s["tid"] == server.pid])

    def test_accepts(self):
        self.check("accepts")

    def test_polls(self):
        self.check("polls")

    def test_loop_of_another_thread_is_slow(self):
        def slow(client):
            client.ask("ping")
            client.socket.sendall(b"slow\n")
        self.check("thread", slow)


class Stopped(harness.LiveTest):
    """SIGSTOP is no blocking call, and nobody's fault."""

    def check(self, kind, stop=lambda pid: os.kill(pid, signal.SIGSTOP), go_on=lambda pid: os.kill(pid, signal.SIGCONT)):
        server = self.start(evidence.TrapServer(self.directory, harness.PYTHON))
        client = harness.Client(server.port)
        with harness.measuring(self.directory, server.pid) as session:
            client.socket.sendall(f"trap {kind} task {100 * MS} 0\n".encode())
            time.sleep(0.03)
            stop(server.pid)
            time.sleep(0.4)
            go_on(server.pid)
            client.socket.recv(16)
        stall, = session.result.stalls(server.pid)
        text = evidence.describe(stall)
        self.assertEqual("stopped", evidence.main_cause(stall)["kind"], text)
        self.assertGreaterEqual(evidence.time_of(stall, "stopped"), 380 * MS, text)
        self.assertIsNone(stall["culprit"], text)
        self.assertEqual("outside", stall["unnamed"], text)
        self.assertEqual("stopped", stall["advice"] and stall["advice"]["rule"], text)
        self.assertEqual([], evidence.off_sums(stall))

    def test_while_spinning(self):
        self.check("spin")

    def test_while_asleep(self):
        self.check("sleep")

    def own_cgroup(self):
        """Of version 2, which need not be mounted; gone after the servers in it."""
        root = pathlib.Path(tempfile.mkdtemp(prefix="loopstall-cgroup-"))
        self.addCleanup(root.rmdir)
        subprocess.run(["mount", "-t", "cgroup2", "none", root], check=True)
        self.addCleanup(subprocess.run, ["umount", root], check=True)
        group = root / f"loopstall-test-{os.getpid()}"
        group.mkdir()
        self.addCleanup(group.rmdir)
        self.addCleanup(harness.wait_for, "the cgroup to be empty", lambda: not (group / "cgroup.procs").read_text(), 5)
        return group

    def test_frozen(self):
        """As `docker pause` does it."""
        group = self.own_cgroup()

        def freeze(frozen, pid):
            (group / "cgroup.procs").write_text(str(pid))
            (group / "cgroup.freeze").write_text(frozen)

        for kind in ("spin", "sleep"):
            with self.subTest(kind):
                self.check(kind, functools.partial(freeze, "1"), functools.partial(freeze, "0"))


class Healthy(harness.LiveTest):
    def check(self, server, connections=4):
        self.start(server)
        load = self.start(harness.Load(server.ports, connections, pause=0))
        time.sleep(0.5)
        with harness.measuring(self.directory, server.pid) as session:
            time.sleep(2)
        load.stop()
        self.assertEqual(0, session.result.code, session.result.stderr)
        self.assertGreater(self.one_loop(session.result, server.pid)["iterations"], 1000)
        named = [group for group in session.result.report["culprits"] if group["culprit"]]
        self.assertEqual([], [(g["culprit"], g["cause"]) for g in named],
                         [evidence.describe(s) for s in session.result.stalls()])

    def test_busy_asyncio(self):
        self.check(harness.python_server(self.directory))

    def test_busy_and_yielding_asyncio(self):
        self.check(harness.python_server(self.directory, "--mode", "yield"))

    def test_busy_epoll(self):
        self.check(harness.c_server(self.directory, "epoll_server"))


if __name__ == "__main__":
    harness.main()
