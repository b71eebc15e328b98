"""Every task step is counted, under its own task, with its own length, on every CPython and on uvloop; against a
program that logs each step that it runs (task_server.py)."""
import pathlib
import socket
import time

import harness
import tasks
from harness import FULL, MS
from test_evidence import MINORS, PYENV, pyenv_python

SCALE = 10 if FULL else 1
ECHOES = 50 * SCALE
ATTEMPTS = 3
PHASES = ("spins", "sleeps", "tasks", "nested", "callbacks", "workers", "threads", "all_at_once", "twice")
# Steps of the program's own that it does not log where there is no Handle to watch: of these the number is known.
# (From 3.12 on tasks take no old coroutines.)
UNLOGGED = {"cancelled_before_it_began": 10, "old_coroutine": 11 if harness.python_version() < (3, 12) else 0}
# After its last line a step of these handles an exception, or waits for the GIL.
VAGUE = ("raises_in_callback", "raises", "is_cancelled", "waits_for_workers", "while_others_compute", "in_thread")
OWN = [str(harness.SOURCES / name) for name in ("task_kinds.py", "callback_kinds.py")]


class TaskServer(harness.Server):
    def __init__(self, directory, python, *options):
        log = f"{directory}/steps.json"
        argv = [python, "-B", harness.SOURCES / "task_server.py", log, "--scale", SCALE, *options]
        super().__init__(argv, directory, "task_server", log)


def echo(port, count):
    """A client of the target's protocol, which closes its connection at the end."""
    with socket.create_connection(("127.0.0.1", port), timeout=harness.seconds(20)) as connection:
        for _ in range(count):
            connection.sendall(b"x")
            if connection.recv(16) != b"x":
                raise AssertionError("no echo")
    time.sleep(0.05)


class Steps:
    """Mixed into a LiveTest per interpreter."""
    options = ()

    def python(self):
        raise NotImplementedError

    def judge(self, outcome, server, since, sure):
        return tasks.Verdict(outcome, server.log, server.pid, since, sure)

    def test_every_step(self):
        tasks.timed_right(self, self.measured, ATTEMPTS)

    def measured(self):
        server = self.start(TaskServer(self.directory, self.python(), *self.options))
        target = self.start(tasks.Commander(server.port))
        target.do("warm")
        with tasks.measuring(self.directory, server.pid) as session:
            since = time.monotonic_ns()
            target.do("warm")
            sure = time.monotonic_ns()
            target.do(*PHASES)
            echo(server.ports[1], ECHOES)
        target.do("write")
        outcome = session.result
        self.assertEqual({"tasks"}, {loop["tier"] for loop in outcome.loops(server.pid)}, outcome.stderr)
        verdict = self.judge(outcome, server, since, sure)
        print(self.id(), verdict.judged, "steps,", len(verdict.off), "off,", len(verdict.mistimed), "mistimed", flush=True)
        verdict.assert_counts(self, 2000)
        self.assertEqual([], tasks.off_loop(outcome, server.pid))
        server.stop()
        return verdict


class Debian(Steps, harness.LiveTest):
    def python(self):
        return harness.PYTHON


class DebianUvloop(Debian):
    """The program logs its own steps only: whatever uvloop runs besides is not judged, but none of it is ours."""
    options = ("--uvloop",)

    def setUp(self):
        super().setUp()
        self.require(harness.has_module("uvloop"), f"{harness.PYTHON} has no uvloop")

    def judge(self, outcome, server, since, sure):
        counted = {}
        for row in tasks.rows_of(outcome, server.pid):
            counted[row["name"]] = counted.get(row["name"], 0) + row["steps"]["count"]
        self.assertEqual(UNLOGGED, {name: counted.get(name, 0) for name in UNLOGGED})
        return tasks.Verdict(outcome, server.log, server.pid, since, sure, ends_at_last=True,
                             vague=VAGUE, judges=lambda key: key.file in OWN and key.name not in UNLOGGED)


class Ends(harness.LiveTest):
    """What comes after a step is not in it."""
    MESSAGES = 50

    def steps(self, outcome, server, name):
        rows = [row["steps"] for row in tasks.rows_of(outcome, server.pid) if row["name"].split(".")[-1] == name]
        return sum(row["count"] for row in rows), sum(row["sum_ns"] for row in rows)

    def check_between(self, *options):
        """The loop stops with each step of its own; the program goes on."""
        server = self.start(harness.python_server(self.directory, "between", *options, script="rerun_loop.py"))
        with tasks.measuring(self.directory, server.pid) as session:
            time.sleep(1)
        held = sum(row["steps"]["sum_ns"] for row in tasks.rows_of(session.result, server.pid))
        steps = sum(row["steps"]["count"] for row in tasks.rows_of(session.result, server.pid))
        self.assertGreater(steps, 40)
        self.assertLess(held, steps * MS)

    def test_asyncio_stops(self):
        self.check_between()

    def test_uvloop_stops(self):
        self.require(harness.has_module("uvloop"), f"{harness.PYTHON} has no uvloop")
        self.check_between("--uvloop")

    def check_thread(self, *options):
        """Loops of a thread that starts later: the first step counts."""
        server = self.start(harness.python_server(self.directory, "thread", *options, script="rerun_loop.py"))
        go = pathlib.Path(f"{server.log}.go")
        with tasks.measuring(self.directory, server.pid) as session:
            go.touch()
            time.sleep(1)
            go.unlink()
            time.sleep(0.2)
        blocks, _ = harness.read_log(server.log)
        self.assertGreater(len(blocks), 10)
        self.assertEqual(len(blocks), self.steps(session.result, server, "job")[0])

    def test_asyncio_in_a_thread(self):
        self.check_thread()

    def test_uvloop_in_a_thread(self):
        self.require(harness.has_module("uvloop"), f"{harness.PYTHON} has no uvloop")
        self.check_thread("--uvloop")

    def test_buffered_protocol(self):
        """uvloop calls get_buffer() and then buffer_updated(), from a little deeper on the stack."""
        self.require(harness.has_module("uvloop"), f"{harness.PYTHON} has no uvloop")
        server = self.start(harness.python_server(self.directory, script="buffered_server.py"))
        with tasks.measuring(self.directory, server.pid) as session:
            echo(server.ports[0], self.MESSAGES)
        count, held = self.steps(session.result, server, "buffer_updated")
        self.assertEqual(self.MESSAGES, count)
        self.assertGreater(held, self.MESSAGES * MS)
        self.assertLess(self.steps(session.result, server, "get_buffer")[1], self.MESSAGES * MS // 4)


class Pyenv(Steps):
    minor = ""

    def python(self):
        python = pyenv_python(self.minor)
        self.require(python, f"no CPython {self.minor} in {PYENV}")
        return python


def add_interpreter(minor):
    """Where nobody has pyenv there is nothing that LOOPSTALL_REQUIRE_LIVE could ask for."""
    name = "Python" + minor.replace(".", "")
    if PYENV.is_dir():
        globals()[name] = type(name, (Pyenv, harness.LiveTest), {"minor": minor})
    else:
        print(f"NOT HERE: {name}: there is no {PYENV}", flush=True)


for _minor in MINORS:
    add_interpreter(_minor)


if __name__ == "__main__":
    harness.main()
