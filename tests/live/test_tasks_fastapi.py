"""A FastAPI app, whose framework wraps every request in one coroutine: its steps are counted exactly; of those of 10 ms
and more each is under the route that it ran, of those of 1 to 10 ms about all, and none is under another route."""
import collections
import http.client
import itertools
import json
import pathlib
import random
import shutil
import threading
import time

import harness
import tasks
from harness import FULL, MS

EACH = 200 if FULL else 25  # requests of each route
VISITORS = 4
OUTER = "RequestResponseCycle.run_asgi"
LONG, SHORT = 10 * MS, 1 * MS
LONG_PART, SHORT_PART, QUANTILE_PART = 0.03, 0.15, 0.03
UNSEEN_NS = 100_000  # of a step, in the server around the application

# route: the function that is its handler, the outermost of the application's own inside the framework
ROUTES = {
    "instant": "instant",
    "instant_with_body": "instant_with_body",
    "sleep_3ms": "sleep_3ms",
    "sleep_12ms": "sleep_12ms",
    "sleep_30ms": "sleep_30ms",
    "spin_2ms": "spin_2ms",
    "spin_4ms": "spin_4ms",
    "spin_12ms": "spin_12ms",
    "spin_25ms": "spin_25ms",
    "awaits_then_spins": "awaits_then_spins",
    "awaits_then_sleeps": "awaits_then_sleeps",
    "calls_helper": "calls_helper",
    "behind/middleware": "behind_middleware",
}
SLEEPING = ("sleep_3ms",)  # of those shorter than 10 ms: seen asleep, so its steps are known exactly

Step = collections.namedtuple("Step", "route number start end")


class App(harness.HttpServer):
    first_asked = "/instant"

    def __init__(self, directory, loop):
        log, library = pathlib.Path(directory) / "steps.json", pathlib.Path(directory) / "site-packages"
        library.mkdir()
        shutil.copy(harness.SOURCES / "step_marks.py", library)
        env = {"STEPS_LOG": str(log), "PYTHONPATH": f"{harness.SOURCES}:{library}"}
        super().__init__(directory, "uvicorn", "task_routes:app", "--loop", loop, "--no-access-log", env=env,
                         cpu=harness.TARGET_CPU)
        self.log = log


class Visitor:
    """One connection that is kept."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=harness.seconds(20))

    def ask(self, route):
        self.connection.request("GET", f"/{route}")
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise AssertionError(f"{route}: {answer.status} {text}")

    def close(self):
        self.connection.close()


def visit(port, routes, failures):
    try:
        visitor = Visitor(port)
        for route in routes:
            visitor.ask(route)
        visitor.close()
    except (OSError, AssertionError) as error:
        failures.append(repr(error))


def visit_all(port):
    """All routes, in no order, by several visitors at once; what failed."""
    routes, failures = list(ROUTES) * EACH, []
    random.Random(5).shuffle(routes)
    threads = [threading.Thread(target=visit, args=(port, routes[n::VISITORS], failures)) for n in range(VISITORS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


class FastApi:
    loop = "asyncio"

    def test_names_each_route(self):
        self.require(harness.has_module("fastapi"), f"{harness.PYTHON} has no fastapi")
        app = self.start(App(self.directory, self.loop))
        visitor = Visitor(app.port)
        for route in ROUTES:  # what is slow only once
            visitor.ask(route)
        with tasks.measuring(self.directory, app.pid) as session:
            since = time.monotonic_ns()
            visitor.ask("instant")
            sure = time.monotonic_ns()
            self.assertEqual([], visit_all(app.port))
        Visitor(app.port).ask("write")  # the first connection was idle for too long
        self.judge(session.result, app, since, sure)

    def judge(self, outcome, app, since, sure):
        steps = [s for s in itertools.starmap(Step, json.loads(app.log.read_text())) if s.start >= since]
        rows = [row for row in tasks.rows_of(outcome, app.pid) if row["name"] == OUTER]
        told = "\n".join(map(tasks.describe, rows))
        print(self.id(), told, sep="\n", flush=True)
        count = sum(row["steps"]["count"] for row in rows)
        self.assertIn(count, range(sum(s.start >= sure for s in steps), len(steps) + 1), told)
        self.assert_no_stranger(rows, steps)
        by_name = {row["handler"]["name"]: row for row in rows if row["handler"]}
        for route, name in ROUTES.items():
            with self.subTest(route=route):
                self.judge_route(route, by_name.get(name), [s for s in steps if s.route == route])

    def assert_no_stranger(self, rows, steps):
        """Every handler is one of ours, has no more steps than it ran, and no other file or line."""
        names = [row["handler"]["name"] for row in rows if row["handler"]]
        self.assertEqual(len(names), len(set(names)), names)
        self.assertEqual(set(), set(names) - set(ROUTES.values()))
        files = {row["handler"]["file"] for row in rows if row["handler"]}
        self.assertLessEqual(files, {str(harness.SOURCES / "task_routes.py")})

    def judge_route(self, route, row, steps):
        lengths = sorted(s.end - s.start for s in steps)
        long = [ns for ns in lengths if ns >= LONG]
        if len(long) >= EACH:
            self.judge_long(row, lengths, long)
        elif lengths[-1] >= SHORT and not route.startswith("instant"):
            self.judge_short(row, lengths, route in SLEEPING)
        elif row:
            self.judge_instant(row, lengths)

    def judge_long(self, row, lengths, long):
        """The steps before a route awaits something are short, and may be known or not."""
        self.assertIsNotNone(row, "no row of its own")
        text, told = tasks.describe(row), row["steps"]
        self.assertIn(told["count"], range(len(long), len(lengths) + 1), text)
        self.assert_within(told["sum_ns"], sum(long), sum(lengths), LONG_PART, len(lengths), text)
        if told["count"] == len(lengths) == len(long):
            for name, q in tasks.QUANTILES.items():
                length = tasks.quantile(long, q)
                self.assert_within(told[name], length, length, QUANTILE_PART, 1, f"{name}: {text}")

    def judge_short(self, row, lengths, exact):
        self.assertIsNotNone(row, "no row of its own")
        text, told = tasks.describe(row), row["steps"]
        total = sum(ns for ns in lengths if ns >= SHORT)
        if exact:
            self.assertTrue(row["estimated"], text)
            self.assertEqual(len(lengths), told["count"], text)
            self.assert_within(told["sum_ns"], total, total, LONG_PART, len(lengths), text)
        else:
            self.assertTrue(row["estimated"], text)
            self.assert_within(told["sum_ns"], total, total, SHORT_PART, len(lengths), text)

    def judge_instant(self, row, lengths):
        """Some step of it was long enough to be seen, for whatever reason: then that is what is told."""
        self.assertLessEqual(row["steps"]["count"], sum(ns + UNSEEN_NS >= SHORT for ns in lengths), tasks.describe(row))

    def assert_within(self, told, low, high, part, steps, text):
        slack = UNSEEN_NS * steps if part == LONG_PART else 0
        self.assertTrue(low * (1 - part) <= told <= high * (1 + part) + slack,
                        f"told {told / MS:.3f}, truth {low / MS:.3f} to {high / MS:.3f}: {text}")


class Asyncio(FastApi, harness.LiveTest):
    pass


class Uvloop(FastApi, harness.LiveTest):
    loop = "uvloop"

    def setUp(self):
        super().setUp()
        self.require(harness.has_module("uvloop"), f"{harness.PYTHON} has no uvloop")


if __name__ == "__main__":
    harness.main()
