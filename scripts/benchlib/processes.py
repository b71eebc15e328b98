"""Processes that this run starts and ends, by pid, and what it reads of them."""
import json
import os
import signal
import subprocess
import time


class Failed(Exception):
    """Something that the user is told, without a traceback."""


class Processes:
    """Whatever was started in here is ended on the way out, the latest first; nothing else is."""

    def __init__(self, directory):
        self.directory = directory
        self._running = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # A second Ctrl-C must not leave anything behind.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        for process in reversed(self._running[:]):
            self.end(process)
        signal.signal(signal.SIGINT, before)

    def start(self, command, cpu=None, name="process"):
        """On one CPU, or on all of them. Its output goes to files: .out and .err."""
        cpus = str(cpu) if cpu is not None else ",".join(map(str, ALL_CPUS))
        base = os.path.join(self.directory, name)
        # In a session of its own, so that Ctrl-C reaches only this script; ended by the kernel should we be killed.
        wrapped = ["taskset", "-c", cpus, "setpriv", "--pdeathsig", "TERM", *map(str, command)]
        with open(base + ".out", "w") as out, open(base + ".err", "w") as err:
            process = subprocess.Popen(wrapped, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                       start_new_session=True)
        process.out, process.err, process.name = base + ".out", base + ".err", name
        self._running.append(process)
        return process

    def end(self, process, how=signal.SIGTERM, patience=10):
        """Returns its exit status."""
        if process.poll() is None:
            process.send_signal(how)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process in self._running:
            self._running.remove(process)
        return process.returncode


ALL_CPUS = sorted(os.sched_getaffinity(0))


def text(path):
    with open(path, errors="replace") as file:
        return file.read()


def parsed(process):
    try:
        return json.loads(text(process.out))
    except json.JSONDecodeError:
        raise Failed(f"{process.name} gave no JSON: {text(process.err).strip()[-400:]}") from None


def wait_until(ready, process, patience=15):
    """Polls; a process that ended meanwhile is an error with its own words."""
    end = time.monotonic() + patience
    while not ready():
        if process.poll() is not None:
            raise Failed(f"{process.name} ended early ({process.returncode}): {text(process.err).strip()[-400:]}")
        if time.monotonic() > end:
            raise Failed(f"{process.name} was not ready within {patience} s: {text(process.err).strip()[-400:]}")
        time.sleep(0.01)


def cpu_ns(pid):
    """CPU time of a process, all its threads, to the nanosecond.

    The process' CPU clock is the sum of what /proc/PID/schedstat has for each thread, but up to date: schedstat of a
    running thread is as old as the last clock tick, 4 ms of a window of 200.
    """
    return time.clock_gettime_ns((~pid << 3) | 2)


def children(pid):
    return [int(child) for child in text(f"/proc/{pid}/task/{pid}/children").split()]


def peak_rss(pid):
    """VmHWM. A child's ru_maxrss would not do: it starts at that of this script."""
    for line in text(f"/proc/{pid}/status").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
