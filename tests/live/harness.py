"""Starts a server, loads it, measures it with loopstall, and compares what loopstall says with the server's own log.

Environment:
  LOOPSTALL_BIN            the binary (ctest sets it; build/src/loopstall otherwise)
  LOOPSTALL_TARGETS        the directory of the C targets
  LOOPSTALL_TEST_PYTHON    the interpreter for Python targets (/usr/bin/python3: Debian's has uvloop and uvicorn)
  LOOPSTALL_REQUIRE_LIVE   1: a test that would be skipped fails
  LOOPSTALL_FULL           1: the full counts, for a release
  LOOPSTALL_TIME_SCALE     multiplies every deadline (20 under emulation)
"""
import contextlib
import ctypes
import dataclasses
import fcntl
import functools
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SOURCES = HERE.parent / "targets"
BINARY = pathlib.Path(os.environ.get("LOOPSTALL_BIN", ROOT / "build/src/loopstall"))
TARGETS = pathlib.Path(os.environ.get("LOOPSTALL_TARGETS", ROOT / "build/tests/targets"))
PYTHON = os.environ.get("LOOPSTALL_TEST_PYTHON") or next(
    (p for p in ("/usr/bin/python3",) if os.access(p, os.X_OK)), sys.executable)
REQUIRE_LIVE = os.environ.get("LOOPSTALL_REQUIRE_LIVE") == "1"
FULL = os.environ.get("LOOPSTALL_FULL") == "1"
TIME_SCALE = float(os.environ.get("LOOPSTALL_TIME_SCALE", "1"))

MS = 1_000_000
THRESHOLD = 10 * MS
SKIP_CODE = 4  # ctest's SKIP_RETURN_CODE

# Two cores: the target on the first, the driver on the last. With one core there is nothing to pin.
_CPUS = sorted(os.sched_getaffinity(0))
TARGET_CPU = _CPUS[0]
DRIVER_CPU = _CPUS[-1]


def seconds(n):
    return n * TIME_SCALE


def wait_for(what, condition, limit=10):
    """Polls until condition() is true and returns its value; a clear failure otherwise."""
    deadline = time.monotonic() + seconds(limit)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds(limit):.0f} s in vain for {what}")
        time.sleep(0.02)


def pin(pid, cpu):
    """Pins all threads of a process."""
    for tid in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(int(tid), {cpu})


def comm(pid):
    """The process's name; empty if it is gone."""
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def children(pid):
    text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in text.split()]


def has_node():
    return shutil.which("node") is not None


def has_module(name):
    return subprocess.run([PYTHON, "-c", f"import {name}"], capture_output=True).returncode == 0


def python_version():
    """PYTHON's, (3, 11) say."""
    told = subprocess.run([PYTHON, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True, check=True)
    return tuple(map(int, told.stdout.split()))


def open_terminal():
    """A pseudo-terminal's two ends. A chroot may have no /dev/pts: then it is of a devpts that is mounted for a moment."""
    try:
        return os.openpty()
    except OSError:
        pass
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["mount", "-t", "devpts", "-o", "newinstance,ptmxmode=0666", "devpts", folder], check=True)
        try:
            master = os.open(os.path.join(folder, "ptmx"), os.O_RDWR | os.O_NOCTTY)
            fcntl.ioctl(master, _TIOCSPTLCK, struct.pack("i", 0))
            return master, fcntl.ioctl(master, _TIOCGPTPEER, os.O_RDWR | os.O_NOCTTY)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


_TIOCSPTLCK, _TIOCGPTPEER = 0x40045431, 0x5441  # asm-generic/ioctls.h


# ---- processes -------------------------------------------------------------------------------------------------

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def _before_exec(cpus):
    """A child does not outlive a test that was killed, and does not inherit the driver's own pinning."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.sched_setaffinity(0, cpus)


class Process:
    """A child of the test. Its output goes to files, so that it can never block on a pipe; its stdin stays open."""

    def __init__(self, argv, directory, name, env=None, cpu=None):
        self.name = name
        self.out = pathlib.Path(directory) / f"{name}.out"
        self.err = pathlib.Path(directory) / f"{name}.err"
        cpus = set(_CPUS) if cpu is None else {cpu}
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.popen = subprocess.Popen([str(a) for a in argv], stdin=subprocess.PIPE, stdout=out, stderr=err,
                                          env={**os.environ, **(env or {})},
                                          preexec_fn=functools.partial(_before_exec, cpus))
        self.pid = self.popen.pid

    def running(self):
        return self.popen.poll() is None

    def stdout(self):
        return self.out.read_text(errors="replace")

    def stderr(self):
        return self.err.read_text(errors="replace")

    def wait(self, limit):
        try:
            return self.popen.wait(seconds(limit))
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} did not end within {seconds(limit):.0f} s\n{self.stderr()}") from None

    def stop(self):
        if self.running():
            self.popen.terminate()
            try:
                self.popen.wait(seconds(5))
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
        self.popen.stdin.close()


class Server(Process):
    """A target that prints "port P" and speaks the line protocol."""

    def __init__(self, argv, directory, name, log=None, env=None, cpu=TARGET_CPU):
        super().__init__(argv, directory, name, env, cpu)
        self.log = log
        self.ports = wait_for(f"{name} to listen", self._find_ports, 20)

    def _find_ports(self):
        if not self.running():
            raise AssertionError(f"{self.name} ended at once\n{self.stdout()}{self.stderr()}")
        for line in self.stdout().splitlines(keepends=True):
            if line.startswith("port ") and line.endswith("\n"):  # all of it
                return [int(word) for word in line.split()[1:]]
        return None

    @property
    def port(self):
        return self.ports[0]


def logging_iterations(log):
    """The environment in which a loop that is not ours logs its iterations, see truth_preload.c."""
    return {"LD_PRELOAD": str(TARGETS / "libtruth_preload.so"), "TRUTH_LOG": str(log), "PYTHONDONTWRITEBYTECODE": "1"}


def python_server(directory, *options, python=PYTHON, script="asyncio_server.py", cpu=TARGET_CPU):
    log = pathlib.Path(directory) / "truth.log"
    argv = [python, SOURCES / script, log, *options]
    return Server(argv, directory, "-".join([script, *options]), log, logging_iterations(log), cpu)


def node_server(directory):
    log = pathlib.Path(directory) / "truth.log"
    return Server(["node", SOURCES / "node_server.js", log], directory, "node", log, logging_iterations(log))


def c_server(directory, name, *options, cpu=TARGET_CPU):
    log = pathlib.Path(directory) / "truth.log"
    return Server([TARGETS / name, log, *options], directory, "-".join([name, *options]), log, cpu=cpu)


class HttpServer(Process):
    """uvicorn or gunicorn with an app of tests/targets."""
    first_asked = "/pid"

    def __init__(self, directory, module, *options, workers=1, env=None, cpu=None):
        self.log = pathlib.Path(directory) / "truth.log"
        self.port = free_port()
        argv = [PYTHON, "-m", module, *options]
        bind = ["--bind", f"127.0.0.1:{self.port}"] if module == "gunicorn" else ["--port", self.port]
        env = {"TRUTH_LOG": str(self.log), "PYTHONPATH": str(SOURCES), "PYTHONDONTWRITEBYTECODE": "1",
               **(env or {})}
        super().__init__([*argv, *bind, "--workers", workers], directory, module, env, cpu)
        wait_for(f"{module} to answer", self._answers, 30)

    def _answers(self):
        if not self.running():
            raise AssertionError(f"{self.name} ended at once\n{self.stderr()}")
        with contextlib.suppress(OSError):
            return self.get(self.first_asked)
        return None

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=seconds(20)) as answer:
            return answer.read().decode()

    def workers(self):
        """The serving children; uvicorn also has a multiprocessing helper."""
        def serves(pid):
            return b"resource_tracker" not in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
        return sorted(pid for pid in children(self.pid) if serves(pid))


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


# ---- load ------------------------------------------------------------------------------------------------------

class Client:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=seconds(20))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, line):
        self.socket.sendall(line.encode() + b"\n")
        answer = self.socket.recv(64)
        if answer != b"ok\n":
            raise ConnectionError(f"asked {line!r}, got {answer!r}")

    def block(self, kind, ns):
        self.ask(f"block {kind} {int(ns)}")

    def close(self):
        self.socket.close()


class Load:
    """Connections that ask for ping again and again, with a pause between; counts what failed."""

    def __init__(self, ports, connections=2, pause=0.01, line=lambda n: "ping"):
        self.done = 0
        self.failures = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(ports[i % len(ports)], pause, line), daemon=True)
                         for i in range(connections)]
        for thread in self._threads:
            thread.start()

    def _run(self, port, pause, line):
        try:
            client, n = Client(port), 0
            while not self._stop.is_set():
                client.ask(line(n))
                n += 1
                self.done += 1
                if pause:
                    time.sleep(pause)
            client.close()
        except OSError as error:
            self.failures.append(repr(error))

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(seconds(20))


@contextlib.contextmanager
def running(thing):
    try:
        yield thing
    finally:
        thing.stop()


# ---- loopstall -------------------------------------------------------------------------------------------------

@dataclasses.dataclass
class Outcome:
    code: int
    stdout: str
    stderr: str

    @functools.cached_property
    def report(self):
        try:
            return json.loads(self.stdout)
        except json.JSONDecodeError as error:
            text = f"no JSON on stdout ({error}), exit {self.code}\n{self.stdout}\n{self.stderr}"
            raise AssertionError(text) from None

    def loops(self, pid=None):
        return [loop for loop in self.report["loops"] if pid in (None, loop["pid"])]

    def stalls(self, pid=None):
        return [stall for stall in self.report["stalls"] if pid in (None, stall["pid"])]


def loopstall(*arguments, limit=30, **options):
    """Runs the verb to its end."""
    try:
        done = subprocess.run([str(BINARY), *map(str, arguments)], capture_output=True, timeout=seconds(limit),
                              stdin=subprocess.DEVNULL, **options)
    except subprocess.TimeoutExpired as error:
        text = f"loopstall {arguments} did not end within {seconds(limit):.0f} s\n{error.stderr}"
        raise AssertionError(text) from None
    return Outcome(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


class Attached(Process):
    """`loopstall attach` in the background; its probes are in place when the constructor returns."""

    def __init__(self, directory, *arguments, options=("--json",), wait=True):
        argv = [BINARY, "attach", *arguments, *options]
        super().__init__(argv, directory, f"loopstall{time.monotonic_ns()}")
        if wait:
            wait_for("the probes to be in place", self._in_place, 20)

    def _links(self):
        """How many BPF links and perf events the process holds. What it prints is no part of this question."""
        count = 0
        with contextlib.suppress(OSError):
            for fd in os.listdir(f"/proc/{self.pid}/fd"):
                with contextlib.suppress(OSError):
                    what = os.readlink(f"/proc/{self.pid}/fd/{fd}")
                    count += "bpf_link" in what or "bpf-link" in what or "perf_event" in what
        return count

    def _in_place(self):
        if not self.running():
            raise AssertionError(f"loopstall ended at once with {self.popen.returncode}\n{self.stderr()}")
        return "measuring" in self.stderr() or ("-q" in self.popen.args and self._settled())

    def _settled(self):
        before = self._links()
        time.sleep(seconds(0.3))
        return before > 0 and self._links() == before

    def interrupt(self, limit=20):
        """Ctrl-C."""
        if self.running():
            self.popen.send_signal(signal.SIGINT)
        return self.outcome(limit)

    def outcome(self, limit=60):
        code = self.wait(limit)
        return Outcome(code, self.stdout(), self.stderr())


@contextlib.contextmanager
def measuring(directory, *arguments, **options):
    """attach ... for as long as the body runs; .result is there afterwards."""
    attached = Attached(directory, *arguments, **options)
    try:
        yield attached
        attached.result = attached.interrupt()
    finally:
        attached.stop()


# ---- truth -----------------------------------------------------------------------------------------------------

@dataclasses.dataclass
class Block:
    kind: str
    tid: int
    start: int
    end: int
    cpu: int
    runqueue: int
    user: int

    @property
    def length(self):
        return self.end - self.start

    @property
    def own(self):
        return self.length - max(0, self.runqueue)

    def __str__(self):
        return (f"{self.kind} of {self.length / MS:.3f} ms (cpu {self.cpu / MS:.3f}, run queue "
                f"{self.runqueue / MS:.3f}) on thread {self.tid} at {self.start}")


def read_log(path):
    """(blocks, iterations)"""
    entries = []
    for line in pathlib.Path(path).read_text().splitlines():
        kind, *numbers = line.split()
        entries.append(Block(kind, *map(int, numbers)))
    return [e for e in entries if e.kind != "iteration"], [e for e in entries if e.kind == "iteration"]


def realtime_offset():
    """CLOCK_REALTIME - CLOCK_MONOTONIC, from the closest of a few pairs of readings."""
    def pair():
        before, real, after = time.monotonic_ns(), time.time_ns(), time.monotonic_ns()
        return after - before, real - (before + after) // 2
    return min(pair() for _ in range(20))[1]


def interval(stall, offset):
    """A stall's start and end in CLOCK_MONOTONIC."""
    start = stall["start_ns"] - offset
    return start, start + stall["busy_ns"]


def overlap(a, b):
    return max(0, min(a[1], b[1]) - max(a[0], b[0]))


def steal_ns(cpu):
    """Time that the hypervisor admits to have taken from a core, in steps of 10 ms."""
    for line in pathlib.Path("/proc/stat").read_text().splitlines():
        words = line.split()
        if words[0] == f"cpu{cpu}":
            return int(words[8]) * 1_000_000_000 // os.sysconf("SC_CLK_TCK")
    return 0


class Gaps:
    """Moments at which the target's core ran nothing, from gap_monitor; empty where that may not run."""

    def __init__(self, directory):
        self.steal_before = steal_ns(TARGET_CPU)
        self.log = pathlib.Path(directory) / "gaps.log"
        self.process = Process([TARGETS / "gap_monitor", TARGET_CPU, self.log], directory, "gap_monitor")
        wait_for("gap_monitor", lambda: self.process.stdout() or not self.process.running(), 5)

    def stop(self):
        self.process.stop()

    def within(self, span):
        """ns of gaps within (start, end)."""
        if not self.log.exists():
            return 0
        gaps = [tuple(map(int, line.split()[1:])) for line in self.log.read_text().splitlines()]
        return sum(overlap(gap, span) for gap in gaps)

    def note(self):
        return f"(steal on this core in the whole session: {(steal_ns(TARGET_CPU) - self.steal_before) / MS:.0f} ms)"


class NoGaps:
    def within(self, span):
        return 0

    def note(self):
        return ""


def tolerance(ns):
    """1 % or 300 us."""
    return max(ns // 100, 300_000)


def describe(stall):
    split = stall["split"]
    parts = ", ".join(f"{key[:-3]} {split[key] / MS:.3f}" for key in ("cpu_ns", "blocked_ns", "runqueue_ns"))
    flags = "".join(f" {flag}" for flag in ("ongoing", "before_attach") if stall[flag])
    return (f"stall{flags} of {stall['busy_ns'] / MS:.3f} ms, own {stall['own_ns'] / MS:.3f} ({parts}) "
            f"at {stall['start_ns']}")


class Verdict:
    """What loopstall said about one server against what the server logged. Every list holds sentences."""

    def __init__(self, outcome, log, pids, gaps=NoGaps()):
        self.blocks, self.iterations = read_log(log)
        self.gaps = gaps
        self.offset = realtime_offset()
        self.stalls = [s for s in outcome.report["stalls"] if s["pid"] in pids]
        self.counted = sum(loop["stalls"] for loop in outcome.report["loops"] if loop["pid"] in pids)
        self.pairs, self.missing, self.invented, self.off, self.explained = [], [], [], [], []
        self._match()
        self._judge_invented()
        for block, stall in self.pairs:
            self._judge_length(block, stall)

    def gap(self, stall):
        """At most how long the core ran nothing during it."""
        return self.gaps.within(interval(stall, self.offset))

    def _match(self):
        free = list(self.stalls)
        for block in self.blocks:
            span = (block.start, block.end)
            hits = [s for s in free if s["tid"] == block.tid and
                    overlap(interval(s, self.offset), span) > block.length // 2]
            if len(hits) == 1:
                self.pairs.append((block, hits[0]))
                free.remove(hits[0])
            else:
                self.missing.append(f"{block}: {len(hits)} stalls {[describe(s) for s in hits]}")
        self.unmatched = free

    def _judge_invented(self):
        for stall in self.unmatched:
            gap = self.gap(stall)
            if stall["own_ns"] - gap >= THRESHOLD:
                self.invented.append(f"{describe(stall)}, logged gaps {gap / MS:.3f}")

    def _truth_of(self, block):
        """The whole iteration if the server logs it, else the block: the rest of its iteration is small."""
        for iteration in self.iterations:
            if iteration.tid == block.tid and iteration.start <= block.start and block.end <= iteration.end:
                return iteration
        return block

    def _judge_length(self, block, stall):
        truth = self._truth_of(block)
        busy = stall["busy_ns"] - truth.length
        # In own time: without the waits for a CPU before and after the block, which the server can not see.
        own = stall["own_ns"] - block.own - (truth.length - block.length)
        off, limit = min(abs(busy), abs(own)), tolerance(truth.length)
        if off <= limit:
            return
        gap = self.gap(stall)
        text = f"{block}: {describe(stall)}, off by {off / MS:.3f} ms, logged gaps {gap / MS:.3f} ms"
        (self.explained if off - gap <= limit else self.off).append(text)

    def assert_counts(self, test):
        test.assertEqual([], self.missing, "every block must be one stall")
        test.assertEqual([], self.invented, "no stall of 10 ms own time without a block " + self.gaps.note())
        test.assertEqual(len(self.stalls), self.counted, "as many stalls listed as counted")

    def assert_lengths(self, test):
        test.assertEqual([], self.off, "lengths off by more than 1 % and 300 us without a gap " + self.gaps.note())
        allowed = max(1, len(self.pairs) // 100)
        test.assertLessEqual(len(self.explained), allowed, "\n".join(self.explained))


# ---- the test case and its runner ------------------------------------------------------------------------------

@functools.cache
def why_not_live():
    """Why this machine can not run live tests; None if it can."""
    if not BINARY.exists():
        return f"no loopstall binary at {BINARY}"
    doctor = loopstall("doctor")
    if doctor.code != 0:
        return "loopstall doctor says no: " + " | ".join((doctor.stdout + doctor.stderr).strip().splitlines())
    return None


class TargetTest(unittest.TestCase):
    """A test with servers of its own, in a directory of its own."""
    longMessage = True
    maxDiff = None

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="loopstall-live-")
        os.chmod(self.directory, 0o755)
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def start(self, thing):
        """Stopped at the test's end, in reverse order."""
        self.addCleanup(thing.stop)
        return thing

    def require(self, condition, reason):
        if not condition:
            self.skipTest(reason)


class LiveTest(TargetTest):
    """A test that measures them with loopstall."""

    @classmethod
    def setUpClass(cls):
        reason = why_not_live()
        if reason:
            raise unittest.SkipTest(reason)

    def one_loop(self, outcome, pid):
        """The process's loop. Node has a second, in which its platform waits for timers of its own."""
        loops = [loop for loop in outcome.loops(pid) if loop["comm"] != "node" or loop["tid"] == pid]
        told = [(loop["tid"], loop["comm"], loop["wait"]) for loop in loops]
        self.assertEqual(1, len(loops), f"loops of {pid}: {told}\n{outcome.stderr}")
        return loops[0]


class _Result(unittest.TextTestResult):
    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        print(f"SKIP: {test.id()}: {reason}", flush=True)


def main():
    """Runs the calling file's tests: 0 passed, 1 failed, 4 all were skipped."""
    if len(_CPUS) > 1:
        os.sched_setaffinity(0, {DRIVER_CPU})
    runner = unittest.TextTestRunner(verbosity=2, resultclass=_Result, stream=sys.stdout)
    program = unittest.main(module="__main__", exit=False, testRunner=runner)
    result = program.result
    if not result.wasSuccessful() or (REQUIRE_LIVE and result.skipped):
        sys.exit(1)
    ran = result.testsRun - len(result.skipped)
    sys.exit(SKIP_CODE if result.skipped and ran <= 0 else 0)
