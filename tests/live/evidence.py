"""Judges what loopstall says about the cause of stalls, against targets that log each of their blocking calls."""
import contextlib
import dataclasses
import functools
import json
import os
import pathlib
import socket
import struct
import subprocess
import threading
import time
import unittest

import harness
from harness import MS

SUM_LIMIT = 0.05  # of a stall's busy time
MAIN_PART = 0.8   # of a stall that its trap must have taken to be its cause
COMPUTES = 0.4    # of its own time on the CPU: then that may be called a trap's cause, although it sleeps as well
MOST_TAKEN = 0.2  # of the stalls
SHOWN = 8         # sentences of a kind that a failure shows


@dataclasses.dataclass
class Trap:
    """A blocking call, as its target logged it. frame and handler are [function, file, line]."""
    kind: str
    tid: int
    start: int
    end: int
    cpu: int
    runqueue: int
    frame: list
    handler: list

    @property
    def length(self):
        return self.end - self.start

    def computes(self, stall):
        """For about half of its time or more, without what other programs or a hypervisor took of it."""
        taken = self.runqueue + max(0, stall["split"]["unaccounted_ns"])
        return self.cpu > COMPUTES * (self.length - taken)

    def __str__(self):
        function, file, line = self.frame
        return (f"{self.kind} of {self.length / MS:.1f} ms (cpu {self.cpu / MS:.1f}, run queue "
                f"{self.runqueue / MS:.1f}) in {function} ({pathlib.Path(file).name}:{line}), "
                f"handler {self.handler[0]}:{self.handler[2]}")


def read_traps(path):
    return [Trap(**json.loads(line)) for line in pathlib.Path(path).read_text().splitlines()]


def place(named):
    """[function, file, line] of a name in the report; None for null."""
    return named and [named["name"], named["file"], named["line"]]


def main_cause(stall, without=()):
    """The largest part of the kind that took most of the time: fsyncs of several files are one kind."""
    kinds = {}
    for cause in stall["causes"]:
        if cause["kind"] in without:
            continue
        kinds[cause["kind"]] = kinds.get(cause["kind"], 0) + cause["ns"]
    most = max(kinds, key=kinds.get, default="unknown")
    return next((c for c in stall["causes"] if c["kind"] == most), {"kind": most, "syscall": None, "object": None})


def own_cause(stall):
    """Of the time that it had a CPU or wanted none."""
    return main_cause(stall, ("run_queue", "throttled"))


def time_of(stall, kind):
    return sum(cause["ns"] for cause in stall["causes"] if cause["kind"] == kind)


def describe(stall):
    """One line about what was said."""
    culprit = stall["culprit"]
    named = [culprit and place(culprit["frame"]), culprit and place(culprit["handler"])]
    causes = [(c["kind"], c["syscall"], c["object"], round(c["ns"] / MS, 1)) for c in stall["causes"]]
    advice = stall["advice"] and stall["advice"]["rule"]
    return f"{harness.describe(stall)} names {named}, unnamed {stall['unnamed']}, causes {causes}, advice {advice}"


def off_sums(stall):
    """Sentences about sums that miss busy time by more than 5 %; a stall without its samples has only causes. What nobody
    booked, as a hypervisor took it, was looked at by nobody either."""
    split = stall["split"]
    busy, queue = stall["busy_ns"], time_of(stall, "run_queue") + time_of(stall, "throttled")
    sums = {"causes": sum(c["ns"] for c in stall["causes"])}
    if stall["samples"]:
        sums["samples"] = sum(s["weight_ns"] for s in stall["samples"]) + queue + max(0, split["unaccounted_ns"])
    sums["split"] = split["cpu_ns"] + split["blocked_ns"] + split["runqueue_ns"] + split["unaccounted_ns"]
    return [f"{what} add up to {total / MS:.3f} ms: {describe(stall)}" for what, total in sums.items()
            if abs(total - busy) > SUM_LIMIT * busy]


class Tally:
    """right + unknown + wrong + taken = pairs, the stalls that were matched with a trap; the lists hold sentences.
    taken: the trap is not what the stall is about. Other programs had the CPU for the largest part of it, and
    loopstall says so; or the machine stood still for long outside the trap."""

    def __init__(self):
        self.pairs, self.right, self.unknown, self.wrong = [], [], [], []
        self.taken, self.missing, self.sums = [], [], []

    def judged(self):
        return [(trap, stall) for trap, stall, verdict in self.pairs if verdict in ("right", "wrong")]

    def __str__(self):
        return (f"{len(self.right)} right, {len(self.unknown)} not known, {len(self.wrong)} wrong, "
                f"{len(self.taken)} of no account, of {len(self.pairs)}; {len(self.missing)} missing")

    def assert_good(self, test, least):
        """At least this many right of a hundred (one more may be not known where there are fewer), none wrong."""
        told = "\n".join([str(self), *self.wrong[:SHOWN], *self.unknown[:SHOWN]])
        test.assertEqual([], self.missing[:SHOWN], "every trap must be one stall")
        test.assertEqual(0, len(self.wrong), told)
        test.assertLessEqual(len(self.taken), MOST_TAKEN * len(self.pairs), self.taken[:SHOWN])
        test.assertGreater(len(self.right), 0, told)
        unknown_allowed = max(1, (len(self.right) + len(self.unknown)) * (100 - least) // 100)
        test.assertLessEqual(len(self.unknown), unknown_allowed, told)
        test.assertEqual([], self.sums[:SHOWN], "sums off by more than 5 %")


@dataclasses.dataclass
class Expected:
    """What a kind's main cause may be called. syscalls: one of these, if there are any; object: a part of its name.
    or_cpu: computing, if the trap's own clock says that it did for about half of the time."""
    kinds: tuple
    syscalls: tuple = ()
    object: str = ""
    or_cpu: bool = False

    def accepts(self, cause, values, trap=None, stall=None):
        if self.or_cpu and cause["kind"] == "cpu":
            return trap.computes(stall)
        syscall, named = cause["syscall"] or "", cause["object"] or ""
        return (cause["kind"] in self.kinds and (not self.syscalls or syscall in self.syscalls)
                and self.object.format(**values) in named)


CAUSES = {
    "sleep": Expected(("timer",)),
    "spin": Expected(("cpu",)),
    "regex": Expected(("cpu",)),
    "socket": Expected(("socket",), ("recvfrom",), "tcp 127.0.0.1:{late}"),
    "socket_timeout": Expected(("wait", "socket"), ("poll", "ppoll"), "tcp 127.0.0.1:{late}"),
    "sqlite": Expected(("file",), or_cpu=True),
    "lock": Expected(("lock",), ("futex",)),
    "dns": Expected(("socket", "wait"), (), "udp 127.0.0.1:53"),
    "child": Expected(("child",), ("wait4", "waitid")),
    "gil_sort": Expected(("gil",)),
    "gil_regex": Expected(("gil",)),
}


def taken_away(trap, stall):
    """The machine took so much of it that it is not about the trap, and the trap's own clocks say so too."""
    if trap.length < MAIN_PART * stall["busy_ns"]:
        return True
    waited = trap.runqueue + stall["busy_ns"] - trap.length + MS
    return stall["unnamed"] == "outside" and main_cause(stall)["kind"] == "run_queue" and \
        time_of(stall, "run_queue") < waited


def judge(trap, stall, values, causes):
    """right, unknown, wrong or taken, and why."""
    cause, culprit = own_cause(stall), stall["culprit"]
    holder = "gil" in causes[trap.kind].kinds
    text = f"{trap}: {describe(stall)}"
    if not holder and taken_away(trap, stall):
        return "taken", text
    if cause["kind"] == "unknown":
        return "unknown", text
    if not causes[trap.kind].accepts(cause, values, trap, stall):
        return "wrong", f"cause: {text}"
    if culprit is None:
        return "unknown", f"{stall['unnamed']}: {text}"
    if culprit["held_gil"] != holder:
        return "wrong", f"holder of the GIL: {text}"
    frame, handler = place(culprit["frame"]), place(culprit["handler"])
    if frame not in (None, trap.frame):
        return "wrong", f"frame, it was {trap.frame}: {text}"
    # Of a thread that holds the GIL the report names the blocking function; what its thread was started with is
    # nobody's handler.
    if not holder and handler not in (None, trap.handler):
        return "wrong", f"handler, it was {trap.handler}: {text}"
    if frame is None or (handler is None and not holder):
        return "unknown", text
    return "right", text


def match(traps, stalls, loop_tid, values, causes=CAUSES):
    """Each trap of the loop's thread is one stall; one of another thread, while it held the GIL, is one or more."""
    offset, tally, free = harness.realtime_offset(), Tally(), list(stalls)
    for trap in traps:
        if trap.length < harness.THRESHOLD:
            continue  # the machine was slow to set it
        span = (trap.start, trap.end)
        hits = [s for s in free if harness.overlap(harness.interval(s, offset), span) * 2 >
                (trap.length if trap.tid == loop_tid else s["busy_ns"])]
        if not hits or (trap.tid == loop_tid and len(hits) > 1):
            tally.missing.append(f"{trap}: {len(hits)} stalls {[describe(s) for s in hits]}")
        for stall in hits:
            free.remove(stall)
            verdict, why = judge(trap, stall, values, causes)
            getattr(tally, verdict).append(why)
            tally.pairs.append((trap, stall, verdict))
            tally.sums.extend(off_sums(stall))
    return tally


# ---- servers that answer late ----------------------------------------------------------------------------------

class LateServer:
    """Asked "NS", it answers NS later, again and again."""
    answer = b"late\n"

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @staticmethod
    def delay(request):
        return int(request)

    def _accept(self):
        with contextlib.suppress(OSError):  # stopped
            while True:
                threading.Thread(target=self._serve, args=self.listener.accept()[:1], daemon=True).start()

    def _serve(self, connection):
        with connection, contextlib.suppress(OSError):
            while request := connection.recv(4096):
                time.sleep(self.delay(request) / 1e9)
                connection.sendall(self.answer)

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class SlowResolver:
    """A name server on 127.0.0.1 that answers for slowNS.test after NS: 127.0.0.1 for A, nothing for others."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self.socket.bind(("127.0.0.1", 53))
        except OSError as error:
            self.socket.close()
            raise unittest.SkipTest(f"127.0.0.1:53 can not be used: {error}") from None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while True:
            query, peer = self.socket.recvfrom(512)
            if not query:
                break
            name = query[13:13 + query[12]].decode()
            delay = int(name[4:]) / 1e9 if name.startswith("slow") else 0
            threading.Timer(delay, self._answer, (query, peer)).start()
        self.socket.close()

    def _answer(self, query, peer):
        end = query.index(b"\0", 12) + 5
        wants_address = query[end - 4:end - 2] == b"\0\1"
        header = query[:2] + struct.pack(">HHHHH", 0x8180, 1, int(wants_address), 0, 0)
        record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 0, 4) + bytes([127, 0, 0, 1])
        with contextlib.suppress(OSError):
            self.socket.sendto(header + query[12:end] + (record if wants_address else b""), peer)

    def stop(self):
        """Closing it from here would leave the port taken for as long as the thread sleeps in it."""
        self.socket.sendto(b"", ("127.0.0.1", 53))
        self.thread.join(harness.seconds(5))


def favour(pid):
    """Puts a server's main thread ahead of whatever else this machine runs: of one that waits for a CPU there is
    little to see. Niceness would not do: it counts within a session, and does not shorten the wait after each sleep.
    Its other threads and its children stay ordinary: not for a server whose loop spins until its threads are done."""
    with contextlib.suppress(PermissionError):  # a container may forbid it
        os.sched_setscheduler(pid, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(1))


@functools.cache
def can_have_own_names():
    """Whether a target can have a name server of its own: not in a chroot, whose root is no mount of its own."""
    made = subprocess.run(["unshare", "-m", "--propagation", "private", "true"], capture_output=True)
    if made.returncode != 0:
        print("NOT HERE: dns: no mount namespace for a name server of its own: " + made.stderr.decode().strip(), flush=True)
    return made.returncode == 0


def in_namespace(directory, argv):
    """argv in a mount namespace of its own, in which the name server is 127.0.0.1, where that can be had."""
    if not can_have_own_names():
        return argv
    names = pathlib.Path(directory) / "resolv.conf"
    names.write_text("nameserver 127.0.0.1\noptions timeout:5 attempts:1\n")
    script = f'mount --bind {names} "$(readlink -f /etc/resolv.conf)" && exec "$@"'
    return ["unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh", *argv]


class TrapServer(harness.Server):
    """trap_server.py, with a name server that answers late."""

    def __init__(self, directory, python, *options):
        log = pathlib.Path(directory) / "traps.log"
        argv = [python, "-B", str(harness.SOURCES / "trap_server.py"), str(log), *options]
        super().__init__(in_namespace(directory, argv), directory, "trap_server", log)
