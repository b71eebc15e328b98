"""Of stalls of mixed kinds the report names the right function, file, line and cause, on every CPython and on uvloop,
or says that it does not know. It never names a wrong one."""
import os
import pathlib
import random
import time

import evidence
import harness
from harness import FULL, MS

PYENV = pathlib.Path(os.path.expanduser("~/.pyenv/versions"))
MINORS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13")
KINDS = ("sleep", "spin", "regex", "socket", "socket_timeout", "sqlite", "lock", "dns", "child", "gil_sort",
         "gil_regex")
WAYS = ("await", "task", "callback", "timer")
EACH = 200 if FULL else 3
LENGTHS = (20, 30, 50)
PAUSE = 0.015  # between two traps, so that each is an iteration of its own
LEAST = 97     # of a hundred name the right culprit and cause; the rest say that they do not know


def pyenv_python(minor):
    """The newest interpreter of that minor version under pyenv; None if there is none."""
    found = sorted(PYENV.glob(f"{minor}.*/bin/python3"), key=lambda p: int(p.parts[-3].split(".")[2]))
    return str(found[-1]) if found else None


def spring(client, kind, way, ns, late):
    """Makes one stall of that kind."""
    if kind == "lock":
        client.ask(f"prepare lock {ns}")
    if kind.startswith("gil"):
        client.ask(f"prepare {kind} {ns}")
        time.sleep(0.002)  # the worker computes now; this request's iteration has to wait for it
        client.ask("ping")
    else:
        client.ask(f"trap {kind} {way} {ns} {late}")
    time.sleep(PAUSE)


class Traps:
    """Mixed into a LiveTest per interpreter."""
    options = ()

    def python(self):
        raise NotImplementedError

    def plan(self):
        """The kinds in no order that a cache could learn, the same in each run."""
        plan = [(kind, WAYS[(i + n) % len(WAYS)], LENGTHS[i % len(LENGTHS)] * MS)
                for n, kind in enumerate(KINDS) for i in range(EACH) if kind != "dns" or evidence.can_have_own_names()]
        random.Random(3).shuffle(plan)
        return plan

    def measure(self, plan):
        late = self.start(evidence.LateServer())
        self.start(evidence.SlowResolver())
        server = self.start(evidence.TrapServer(self.directory, self.python(), *self.options))
        evidence.favour(server.pid)
        client = harness.Client(server.port)
        with harness.measuring(self.directory, server.pid) as session:
            for kind, way, ns in plan:
                spring(client, kind, way, ns, late.port)
        self.assertEqual(0, session.result.code, session.result.stderr)
        loop = self.one_loop(session.result, server.pid)
        self.assertIn(loop["tier"], ("stacks", "tasks"), session.result.stderr)
        return evidence.match(evidence.read_traps(server.log), session.result.stalls(server.pid), loop["tid"],
                              {"late": late.port})

    def test_names_function_line_and_cause(self):
        plan = self.plan()
        tally = self.measure(plan)
        print(self.id(), tally, *tally.taken, *tally.unknown, sep="\n  ", flush=True)
        self.assertGreaterEqual(len(tally.pairs) + len(tally.missing), len(plan))
        tally.assert_good(self, LEAST)


class Debian(Traps, harness.LiveTest):
    def python(self):
        return harness.PYTHON


class DebianUvloop(Debian):
    options = ("--uvloop",)

    def setUp(self):
        super().setUp()
        self.require(harness.has_module("uvloop"), f"{harness.PYTHON} has no uvloop")


class DebianUvloopByHand(DebianUvloop):
    """Nothing in a stack of Python frames tells that a loop runs."""
    options = ("--uvloop", "--by-hand")


class Pyenv(Traps):
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
