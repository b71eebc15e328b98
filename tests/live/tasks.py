"""Judges what loopstall says about task steps against targets that log each step of theirs (step_truth.py)."""
import collections
import contextlib
import dataclasses
import json
import math
import os
import pathlib
import socket
import time

import harness
from harness import MS
from text import code_hash

SHOWN = 12              # sentences that a failure shows
SUM_PART, SUM_NS = 0.01, 3000       # of a sum: 1 %, and 3 us a step
QUANTILE_PART = 0.03
UVLOOP_NS = 5000        # of a step on uvloop: what goes on around what the program can see of it
PROBE_NS, NEW_NS = 10_000, 200_000  # of a step that does not say when it began: its probe, and that of a task's first
INTERRUPT_NS, FEW = 50_000, 20  # between two readings of the clock; of more steps than these a sum does not notice
LEAST_NS = 20_000       # shorter steps have no quantiles that could be judged: a probe takes a microsecond
QUANTILES = {"p50_ns": 0.5, "p99_ns": 0.99}


# ---- truth -----------------------------------------------------------------------------------------------------

@dataclasses.dataclass
class Step:
    """start, first: before and after the probe; end: when its function returned; next: when the thread's next step or wait
    began. What loopstall calls the step begins between the first two and ends between the others. next is None if nothing
    came after it: for those who look at steps and waits it never ended."""
    tid: int
    loop: int
    kind: str
    name: str
    file: str
    line: int
    start: int
    first: int
    end: int
    next: int
    probe: int = PROBE_NS

    @property
    def key(self):
        """By file and line: a method is called what its class is called, or what defines it. Whether asyncio runs a
        callback as a timer is not to be seen from outside."""
        kind = "task" if self.kind == "task" else "callback"
        return Key(self.tid, kind, self.name.split(".")[-1], self.file, self.line)

    @property
    def least(self):
        return self.end - self.first if self.first else max(0, self.end - self.start - self.probe)

    @property
    def most(self):
        return (self.next or self.end) - self.start


class Key(collections.namedtuple("Key", "tid kind name file line")):
    def __str__(self):
        return f"{self.kind} {self.name} ({os.path.basename(self.file)}:{self.line}) of thread {self.tid}"


def read_steps(path):
    return [Step(*step) for step in json.loads(pathlib.Path(path).read_text())["steps"]]


def by_key(steps):
    found = collections.defaultdict(list)
    for step in steps:
        found[step.key].append(step)
    for of_one in found.values():
        of_one[0].probe = NEW_NS
    return found


# ---- what loopstall says ---------------------------------------------------------------------------------------

def key_of(row):
    kind = "task" if row["kind"] == "task" else "callback"
    return Key(row["tid"], kind, row["name"].split(".")[-1], row["file"] or "", row["line"] or 0)


def describe(row):
    handler = row["handler"] and row["handler"]["name"]
    steps = row["steps"]
    return (f"{row['kind']} {row['name']} ({os.path.basename(row['file'] or '')}:{row['line']}), handler {handler}"
            f"{' ~' if row['estimated'] else ''}: {steps['count']} steps, {steps['sum_ns'] / MS:.3f} ms, p50 "
            f"{steps['p50_ns'] / MS:.3f}, p99 {steps['p99_ns'] / MS:.3f}, max {steps['max_ns'] / MS:.3f}")


def rows_of(outcome, pid):
    return [row for row in outcome.report["tasks"] if row["pid"] == pid]


def grouped(rows):
    """Rows of one task: one, and one for each handler."""
    found = collections.defaultdict(list)
    for row in rows:
        found[key_of(row)].append(row)
    return found


def rank_of(q, count):
    """From 0, the nearest."""
    return max(0, min(count, math.ceil(q * count)) - 1)


def quantile(values, q):
    """values are sorted."""
    return values[rank_of(q, len(values))]


def timed_right(test, measured, attempts):
    """A count must be right each time, a time of each task in one of the attempts. The machine may stop a program between
    a step's end and its own reading of the clock, or ours: such a time is another's in the next attempt, one that is counted
    wrongly comes again."""
    mistimed = None
    for _ in range(attempts):
        again = measured().mistimed
        mistimed = again if mistimed is None else {name: again[name] for name in again.keys() & mistimed.keys()}
        if not mistimed:
            return
    test.fail("\n".join(line for lines in mistimed.values() for line in lines))


class Verdict:
    """off holds sentences; mistimed, by task, those about times only. Steps from `sure` on must be counted; those between `since`, when the probes were in place,
    and `sure` may be: it takes a task's step for loopstall to know where a loop's handles are called from. vague: names of
    tasks whose steps are known to have lasted no less than logged, not how much longer."""

    def __init__(self, outcome, log, pid, since, sure, ends_at_last=False, judges=lambda key: True,
                 vague=()):
        self.off, self.mistimed, self.vague = [], {}, vague
        self.ends_at_last = ends_at_last
        steps = [s for s in read_steps(log) if s.end >= since]
        truth = by_key(steps)
        rows = grouped(rows_of(outcome, pid))
        for key in filter(judges, sorted(set(truth) | set(rows))):
            self.judge(key, truth.get(key, []), rows.get(key, []), sure)
        self.judged = sum(map(len, truth.values()))

    def say(self, key, what):
        self.off.append(f"{key}: {what}")

    def say_mistimed(self, key, what):
        self.mistimed.setdefault(key.name, []).append(f"{key}: {what}")

    def judge(self, key, steps, rows, sure):
        count = sum(row["steps"]["count"] for row in rows)
        must = sum(step.start >= sure for step in steps)
        told = "; ".join(map(describe, rows)) or "no row"
        if not must <= count <= len(steps):
            self.say(key, f"{must} to {len(steps)} steps, counted {count}: {told}")
        elif count == len(steps) and rows:
            self.judge_sum(key, steps, sum(row["steps"]["sum_ns"] for row in rows), told)
            if len(rows) == 1 and key.name not in self.vague and all(step.first for step in steps):
                self.judge_quantiles(key, steps, rows[0]["steps"], told)

    def judge_sum(self, key, steps, told_ns, told):
        least, most = sum(s.least for s in steps), sum(s.most for s in steps)
        slack = SUM_PART * most + SUM_NS * len(steps) + (INTERRUPT_NS if len(steps) < FEW else 0)
        if self.ends_at_last:
            slack += UVLOOP_NS * len(steps)
        if key.name in self.vague:
            slack += told_ns
        if not least - slack <= told_ns <= most + slack:
            self.say_mistimed(key, f"sum of {len(steps)} steps is {least / MS:.3f} to {most / MS:.3f} ms: {told}")

    def judge_quantiles(self, key, steps, told, text):
        """One step in a hundred may be another's neighbour: an interrupt between two readings of the clock."""
        least, most = sorted(s.least for s in steps), sorted(s.most for s in steps)
        slack, ranks = UVLOOP_NS if self.ends_at_last else 0, 1 + len(steps) // 100
        most += [most[-1] + INTERRUPT_NS] * ranks
        for name, q in QUANTILES.items():
            rank = rank_of(q, len(steps))
            low, high = least[max(0, rank - ranks)], most[rank + ranks]
            if low >= LEAST_NS and not low * (1 - QUANTILE_PART) <= told[name] <= high * (1 + QUANTILE_PART) + slack:
                self.say_mistimed(key, f"{name} is {low / MS:.4f} to {high / MS:.4f} ms, told {told[name] / MS:.4f}: {text}")

    def assert_good(self, test, least, may_be_mistimed=0):
        self.assert_counts(test, least)
        if len(self.mistimed) > may_be_mistimed:
            test.fail("\n".join(line for lines in list(self.mistimed.values())[:SHOWN] for line in lines))

    def assert_counts(self, test, least):
        if self.off:
            test.fail(f"{len(self.off)} are off:\n" + "\n".join(self.off[:SHOWN]))
        test.assertGreaterEqual(self.judged, least, "the target did not do what it should")


def off_loop(outcome, pid):
    """Sentences about loops whose own numbers do not go with their tasks'."""
    off = []
    for loop in outcome.loops(pid):
        rows = [row for row in rows_of(outcome, pid) if row["tid"] == loop["tid"]]
        counted = sum(row["steps"]["count"] for row in rows)
        held = sum(row["steps"]["sum_ns"] for row in rows)
        told = loop["tasks"] or {"steps": 0, "busy_ns": 0}
        if counted != told["steps"]:
            off.append(f"{loop['comm']}: {told['steps']} steps, its tasks have {counted}")
        if held > told["busy_ns"] * 1.001 + MS:
            off.append(f"{loop['comm']}: busy for {told['busy_ns'] / MS:.3f} ms, its tasks for {held / MS:.3f}")
    return off


# ---- measuring -------------------------------------------------------------------------------------------------

def wait_for_probes(pid, before, session):
    """Until the target's code differs from what it was, and differs no more from one moment to the next."""
    last = [before]

    def settled():
        if not session.running():
            raise AssertionError(f"loopstall ended at once with {session.popen.returncode}\n{session.stderr()}")
        seen, last[0] = last[0], code_hash(pid)
        if last[0] != seen:
            time.sleep(harness.seconds(0.2))
        return last[0] == seen != before

    try:
        harness.wait_for("the probes in the target's code", settled, 10)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{session.stderr()}") from None


@contextlib.contextmanager
def measuring(directory, pid, *options):
    """attach --tasks on, for as long as the body runs, once the probes are in place; the target must be idle."""
    before = code_hash(pid)
    options = ("--json", "--tasks", "on", *options)
    with harness.measuring(directory, pid, options=options) as session:
        wait_for_probes(pid, before, session)
        yield session
        time.sleep(harness.seconds(0.1))  # the target is idle again
    if session.result.code != 0:
        raise AssertionError(session.result.stderr)


class Commander:
    """Tells a target what to do, and waits until it is done."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=harness.seconds(60))

    def do(self, *words):
        for word in words:
            self.socket.sendall(word.encode() + b"\n")
            answer = self.socket.recv(16)
            if answer != b"ok\n":
                raise AssertionError(f"asked for {word}, got {answer!r}")

    def stop(self):
        self.socket.close()
