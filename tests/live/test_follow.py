"""Targets by pid, name and port; children and later forks are followed; a target may end at any time."""
import contextlib
import json
import os
import pathlib
import signal
import time

import harness
from harness import MS


def has_bpf(pid):
    with contextlib.suppress(OSError):
        return any("bpf" in os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd"))


def long_stalls(outcome, pid):
    return sum(stall["busy_ns"] > 25 * MS for stall in outcome.stalls(pid))


class Uvicorn(harness.LiveTest):
    def setUp(self):
        super().setUp()
        self.require(harness.has_module("uvicorn"), f"{harness.PYTHON} has no uvicorn")
        self.server = self.start(harness.HttpServer(self.directory, "uvicorn", "asgi_app:app", workers=4))
        self.workers = harness.wait_for("four workers", self.four_workers)

    def four_workers(self):
        workers = self.server.workers()
        # A worker that has not called listen's epoll_wait yet is no loop yet.
        waiting = [pid for pid in workers if self.waits(pid)]
        return workers if len(waiting) == 4 else None

    def waits(self, pid):
        with open(f"/proc/{pid}/syscall") as file:
            return file.read().split()[0] in ("232", "281", "441")

    def check(self, *targets):
        with harness.measuring(self.directory, *targets) as session:
            for _ in range(12):
                self.server.get(f"/block/sleep/{30 * MS}")
        self.assertEqual(0, session.result.code, session.result.stderr)
        loops = session.result.loops()
        self.assertEqual(self.workers, sorted(loop["pid"] for loop in loops))
        self.assertEqual(12, len(session.result.stalls()))
        return session.result

    def test_from_the_parents_pid(self):
        self.check(self.server.pid)

    def test_from_the_port(self):
        result = self.check(f":{self.server.port}")
        seen = {process["pid"] for process in result.report["processes"]}
        self.assertNotIn(self.server.pid, seen, "the parent only created the socket, it does not serve it")

    def test_no_follow(self):
        outcome = harness.loopstall("attach", self.server.pid, "--no-follow", "-d", "1s", "--json")
        self.assertEqual(3, outcome.code, outcome.stdout + outcome.stderr)

    def test_one_worker_alone(self):
        outcome = harness.loopstall("attach", self.workers[0], "-d", "1s", "--json")
        self.assertEqual([self.workers[0]], [loop["pid"] for loop in outcome.loops()])


class Forks(harness.LiveTest):
    def prefork(self, *options):
        return self.start(harness.python_server(self.directory, *options, script="prefork_server.py", cpu=None))

    def pids(self, server, count):
        """The workers' pids once they serve."""
        def found():
            words = [line.split() for line in server.stdout().splitlines() if line.startswith("worker ")]
            return [int(w[1]) for w in words] if len(words) == count else None
        return harness.wait_for(f"{count} workers", found)

    def test_a_worker_started_later_is_followed(self):
        server = self.prefork("--workers", "2")
        first = self.pids(server, 2)
        time.sleep(0.3)
        with harness.measuring(self.directory, server.pid) as session:
            time.sleep(0.5)
            born = time.time_ns()
            os.kill(server.pid, signal.SIGUSR1)
            late = [pid for pid in self.pids(server, 3) if pid not in first][0]
            time.sleep(0.3)
            load = harness.Load([server.port], connections=24, pause=0.01,
                                line=lambda n: f"block sleep {15 * MS}" if n % 8 == 7 else "ping")
            time.sleep(2)
            load.stop()
        self.assertEqual([], load.failures)
        loops = {loop["pid"]: loop for loop in session.result.loops()}
        self.assertEqual({*first, late}, set(loops))
        process = [p for p in session.result.report["processes"] if p["pid"] == late][0]
        self.assertLess(abs(process["seen_ns"] - born), harness.seconds(0.5) * 1e9, "the report says from when")
        self.assertEqual(server.pid, process["parent"])
        if loops[late]["iterations"]:
            verdict = harness.Verdict(session.result, server.log, {late})
            self.assertEqual([], verdict.invented)

    def test_port_is_not_the_parents(self):
        """The parent runs a loop of its own and only keeps the socket that its workers serve."""
        server = self.prefork("--workers", "2", "--own-loop")
        workers = self.pids(server, 2)
        time.sleep(0.3)
        with harness.measuring(self.directory, f":{server.port}") as session:
            client = harness.Client(server.port)
            client.block("sleep", 30 * MS)
        self.assertEqual(sorted(workers), sorted(loop["pid"] for loop in session.result.loops()))

    def check_later_workers(self, target_of):
        """They are started one after the other and live for a fraction of a second."""
        server = self.prefork("--workers", "1", "--stalls", "4")
        self.pids(server, 1)
        with harness.measuring(self.directory, target_of(server)) as session:
            for n in (2, 3, 4, 5):
                os.kill(server.pid, signal.SIGUSR1)
                late = self.pids(server, n)[1:]
                time.sleep(harness.seconds(0.4))
        for pid in late:
            self.assertEqual(4, long_stalls(session.result, pid))

    def test_later_workers_from_the_parents_pid(self):
        self.check_later_workers(lambda server: server.pid)

    def test_later_workers_from_the_port(self):
        self.check_later_workers(lambda server: f":{server.port}")

    def test_the_only_worker_ends_while_loopstall_attaches(self):
        server = self.prefork("--workers", "1", "--stalls", "4")
        worker, = self.pids(server, 1)
        time.sleep(0.3)
        attached = self.start(harness.Attached(self.directory, f":{server.port}", wait=False))
        harness.wait_for("probes to be loaded", lambda: has_bpf(attached.pid))
        os.kill(worker, signal.SIGKILL)
        harness.wait_for("the session", lambda: "measuring" in attached.stderr(), 20)
        os.kill(server.pid, signal.SIGUSR1)
        late = self.pids(server, 2)[1]
        time.sleep(0.5)
        outcome = attached.interrupt()
        self.assertEqual(0, outcome.code, outcome.stderr)
        self.assertEqual(4, long_stalls(outcome, late))
        self.assertNotIn(server.pid, [process["pid"] for process in outcome.report["processes"]])

    def test_the_parent_ends_and_nobody_asks_for_its_status(self):
        server = self.prefork("--workers", "2")
        self.pids(server, 2)
        attached = self.start(harness.Attached(self.directory, f":{server.port}"))
        os.kill(server.pid, signal.SIGKILL)  # with its workers; it stays as a zombie
        self.assertEqual(0, attached.outcome(limit=10).code)

    def test_a_worker_ends(self):
        server = self.prefork("--workers", "2")
        workers = self.pids(server, 2)
        time.sleep(0.3)
        with harness.measuring(self.directory, server.pid) as session:
            time.sleep(0.5)
            os.kill(workers[0], signal.SIGTERM)
            time.sleep(0.7)
        self.assertEqual(0, session.result.code)
        ended = [p for p in session.result.report["processes"] if p["pid"] == workers[0]][0]
        self.assertTrue(ended["exited_ns"], ended)
        self.assertEqual([], session.result.stalls())


class Targets(harness.LiveTest):
    def setUp(self):
        super().setUp()
        self.server = self.start(harness.c_server(self.directory, "poll_server"))

    def test_by_name(self):
        # With nobody but its listener to wait for, a poll() loop could as well be a sync worker.
        self.addCleanup(harness.Client(self.server.port).close)
        outcome = harness.loopstall("attach", "poll_server", "-d", "1s", "--json")
        self.assertIn(self.server.pid, [loop["pid"] for loop in outcome.loops()])

    def test_by_port(self):
        with harness.measuring(self.directory, f":{self.server.port}") as session:
            client = harness.Client(self.server.port)
            client.block("sleep", 30 * MS)
        self.assertEqual(1, len(session.result.stalls(self.server.pid)))

    def test_several_targets(self):
        other = self.start(harness.c_server(self.directory, "epoll_server"))
        with harness.measuring(self.directory, self.server.pid, other.pid) as session:
            clients = [harness.Client(server.port) for server in (self.server, other)]
            for client in clients:
                client.block("sleep", 30 * MS)
        self.assertEqual({self.server.pid, other.pid}, {stall["pid"] for stall in session.result.stalls()})

    def test_the_target_ends(self):
        attached = self.start(harness.Attached(self.directory, self.server.pid, "-d", "60s"))
        client = harness.Client(self.server.port)
        client.block("sleep", 30 * MS)
        client.ask("quit")
        self.server.wait(5)
        outcome = attached.outcome(limit=10)
        self.assertEqual(0, outcome.code, outcome.stderr)
        self.assertEqual(1, len(outcome.stalls(self.server.pid)))

    def test_the_target_is_killed_inside_a_stall(self):
        attached = self.start(harness.Attached(self.directory, self.server.pid, "-d", "60s"))
        client = harness.Client(self.server.port)
        client.ask("ping")
        client.socket.sendall(f"block spin {20_000 * MS}\n".encode())
        time.sleep(0.5)
        self.server.popen.kill()
        outcome = attached.outcome(limit=10)
        self.assertEqual(0, outcome.code, outcome.stderr)
        loop = self.one_loop(outcome, self.server.pid)
        self.assertEqual((1, 0), (loop["stalls"], loop["discarded"]), outcome.stdout)
        self.assertGreaterEqual(outcome.stalls(self.server.pid)[0]["busy_ns"], 490 * MS)
        self.assertGreaterEqual(loop["iterations"], 1)


class Ends(harness.LiveTest):
    """Who ends a process in a handler has held the loop until then; what runs after a loop is none of it."""

    def stalls_of(self, program, *arguments):
        path = pathlib.Path(self.directory) / "report.json"
        harness.loopstall("run", "-q", "-o", path, "--", *program, *arguments)
        report = json.loads(path.read_text())
        return [round(stall["busy_ns"] / (100 * MS)) for stall in report["stalls"]]

    def test_exit_in_a_handler(self):
        program = [harness.PYTHON, harness.HERE.parent / "targets" / "exits.py"]
        for how in ("_exit", "thread", "kill"):
            with self.subTest(how):
                self.assertEqual([3], self.stalls_of(program, how))

    def test_exit_after_the_loop(self):
        program = [harness.PYTHON, harness.HERE.parent / "targets" / "exits.py"]
        for how in ("after", "interrupt"):
            with self.subTest(how):
                self.assertEqual([], self.stalls_of(program, how))


if __name__ == "__main__":
    harness.main()
