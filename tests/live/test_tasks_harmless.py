"""Programs that do unusual things to contexts and stacks work on with the probes in place, and are counted right;
whatever becomes of loopstall, their code is as it was afterwards."""
import itertools
import socket
import threading
import time

import harness
import tasks
from harness import FULL, seconds
from text import code_hash, code_mappings

CYCLES, MOST_CYCLES = (100, 100) if FULL else (3, 10)  # the latter for greenlet, which a wrong probe crashes
KILLS = 20 if FULL else 1
REQUESTS = 2000 if FULL else 300
CONNECTIONS = 4
MODULES = {"greenlet": "greenlet", "asgiref": "asgiref", "anyio": "anyio", "aiohttp": "aiohttp", "tornado": "tornado",
           "contexts": "contextvars"}


class Styled(harness.Server):
    def __init__(self, directory, style):
        log = f"{directory}/steps.json"
        argv = [harness.PYTHON, "-B", harness.SOURCES / "task_styles.py", log, style]
        super().__init__(argv, directory, style, log)


class Asker:
    """One connection; every answer is checked."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=seconds(20))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, n):
        self.socket.sendall(b"%d\n" % n)
        answer, right = self.socket.recv(64), b"%d %d\n" % (n, (n * 7 + 3) % 1000)
        if answer != right:
            raise ConnectionError(f"asked for {n}, got {answer!r}")


class Askers:
    """Connections that ask without a pause until stop(), or that often in all."""

    def __init__(self, port, count=None):
        self.done, self.failures = 0, []
        self._port, self._stop = port, threading.Event()
        numbers = range(count // CONNECTIONS) if count else None
        self._threads = [threading.Thread(target=self._run, args=(numbers or itertools.count(),), daemon=True)
                         for _ in range(CONNECTIONS)]
        for thread in self._threads:
            thread.start()

    def _run(self, numbers):
        try:
            asker = Asker(self._port)
            for n in numbers:
                if self._stop.is_set():
                    break
                asker.ask(n)
                self.done += 1
            asker.socket.close()
        except OSError as error:
            self.failures.append(repr(error))

    def join(self):
        for thread in self._threads:
            thread.join(seconds(60))

    def stop(self):
        self._stop.set()
        self.join()


class Style:
    """Mixed into a LiveTest per style."""
    style = ""

    def setUp(self):
        super().setUp()
        self.require(harness.has_module(MODULES[self.style]), f"{harness.PYTHON} has no {self.style}")
        self.server = self.start(Styled(self.directory, self.style))
        self.warm_up()

    def warm_up(self):
        """Until imports are done and each pool has its threads."""
        askers = Askers(self.server.ports[1], 40 * CONNECTIONS)
        askers.join()
        self.assertEqual([], askers.failures)
        time.sleep(0.2)

    def assert_unchanged(self, digest, maps):
        """The kernel takes probes back a moment after they are detached."""
        harness.wait_for("the code to be as it was", lambda: code_hash(self.server.pid) == digest, 2)
        self.assertEqual(maps, code_mappings(self.server.pid))

    def test_counts_and_answers(self):
        with tasks.measuring(self.directory, self.server.pid) as session:
            since = time.monotonic_ns()
            Asker(self.server.ports[1]).ask(1)
            time.sleep(0.1)
            sure = time.monotonic_ns()
            askers = Askers(self.server.ports[1], REQUESTS)
            askers.join()
        self.assertEqual(([], REQUESTS), (askers.failures, askers.done))
        tasks.Commander(self.server.port).do("write")
        outcome, pid = session.result, self.server.pid
        loop = next(loop for loop in outcome.loops(pid) if loop["tid"] == pid)
        verdict = tasks.Verdict(outcome, self.server.log, pid, since, sure, judges=lambda key: key.tid == loop["tid"])
        print(self.id(), verdict.judged, "steps", len(verdict.off), "off", flush=True)
        verdict.assert_good(self, REQUESTS)
        self.assertEqual([], tasks.off_loop(outcome, pid))

    def under_load(self, cycle, count):
        """cycle() again and again: no answer may be missing or wrong, and nothing may be left in the code."""
        digest, maps = code_hash(self.server.pid), code_mappings(self.server.pid)
        askers = self.start(Askers(self.server.ports[1]))
        time.sleep(0.1)
        self.assertEqual(digest, code_hash(self.server.pid))
        for number in range(count):
            done = askers.done
            cycle(number, digest)
            self.assertGreater(askers.done, done, "nobody was answered")
            self.assertEqual([], askers.failures)
        self.assertTrue(self.server.running())
        askers.stop()
        self.assertEqual([], askers.failures)
        self.assert_unchanged(digest, maps)

    def attach_and_detach(self, number, digest):
        options = ("--json", "--tasks", "on")
        attached = self.start(harness.Attached(self.directory, self.server.pid, options=options))
        if number % 3:  # the others are cut short, while the probes are being placed
            harness.wait_for("the probes", lambda: code_hash(self.server.pid) != digest, 10)
            time.sleep(seconds(0.05 * (number % 4)))
        outcome = attached.interrupt()
        self.assertIn(outcome.code, (0, 3), outcome.stderr)

    def attach_and_kill(self, number, digest):
        options = ("--json", "--tasks", "on")
        attached = self.start(harness.Attached(self.directory, self.server.pid, options=options))
        harness.wait_for("the probes", lambda: code_hash(self.server.pid) != digest, 10)
        time.sleep(seconds(0.05 * (number % 4)))
        attached.popen.kill()
        attached.popen.wait()
        harness.wait_for("the probes to be gone", lambda: code_hash(self.server.pid) == digest, 2)

    def test_attach_and_detach(self):
        self.under_load(self.attach_and_detach, MOST_CYCLES if self.style == "greenlet" else CYCLES)

    def test_kill(self):
        self.under_load(self.attach_and_kill, KILLS)


for _style in MODULES:
    globals()[_style.capitalize()] = type(_style.capitalize(), (Style, harness.LiveTest), {"style": _style})


if __name__ == "__main__":
    harness.main()
