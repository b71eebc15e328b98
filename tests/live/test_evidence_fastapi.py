"""A FastAPI app with a trap in each route: the route is named, with the advice that fits; a healthy route never is."""
import http.client
import os
import threading
import time

import evidence
import harness
from harness import FULL, MS
from evidence import Expected

LENGTH = 40 * MS
EACH = 5 if FULL else 2  # the worst 100 stalls of a session keep their stacks, and so their advice
PAUSE = 0.02
POOL = 3  # threads: one for each that asks at once, and one to spare
HEALTHY = ("healthy", "healthy_pool")

# route: the cause, and the rule of docs/diagnosis.md that must speak
ROUTES = {
    "sleep": (Expected(("timer",)), "time-sleep"),
    "http": (Expected(("socket",), ("recvfrom",), "tcp 127.0.0.1:{late}"), "http-client"),
    "sqlite": (Expected(("file",), or_cpu=True), "sqlite-commit"),
    "fsync": (Expected(("file",), ("fsync",), or_cpu=True), "fsync"),
    "dns": (Expected(("socket", "wait"), (), "udp 127.0.0.1:53"), "dns"),
    "child": (Expected(("child",)), "subprocess"),
    "lock": (Expected(("lock",), ("futex",)), "thread-lock"),
    "queue": (Expected(("lock", "condition"), ("futex",)), "queue"),
    "future": (Expected(("lock", "condition"), ("futex",)), "future-result"),
    "join": (Expected(("lock", "condition"), ("futex",)), "thread-join"),
    "event": (Expected(("lock", "condition"), ("futex",)), "thread-event"),
    "json": (Expected(("cpu",)), "json"),
    "regex": (Expected(("cpu",)), "regex"),
    "hash": (Expected(("cpu",)), "hashing"),
    "gzip": (Expected(("cpu",)), "compression"),
    "cpu": (Expected(("cpu",)), "cpu"),
    "logging": (Expected(("pipe",), ("write",)), "logging"),
    "import": (Expected(("cpu",)), "import"),
    "pool_sort": (Expected(("gil",)), "gil-thread-pool"),
}


class LateHttp(evidence.LateServer):
    """Answers GET /NS after NS."""

    @staticmethod
    def delay(request):
        return int(request.split()[1][1:])

    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


class App(harness.Process):
    def __init__(self, directory, loop, late):
        self.log = f"{directory}/traps.log"
        self.port = harness.free_port()
        argv = [harness.PYTHON, "-B", "-m", "uvicorn", "fastapi_app:app", "--port", str(self.port), "--loop", loop]
        env = {"TRAP_LOG": self.log, "LATE_PORT": str(late), "PYTHONPATH": str(harness.SOURCES)}
        super().__init__(evidence.in_namespace(directory, argv), directory, "uvicorn", env)
        harness.wait_for("uvicorn to answer", self._answers, 30)

    def _answers(self):
        if not self.running():
            raise AssertionError(f"uvicorn ended at once\n{self.stderr()}")
        try:
            return all(self.get(route) for route in HEALTHY)
        except OSError:
            return None

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=harness.seconds(20))
        connection.request("GET", f"/{path}")
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status != 200:
            raise AssertionError(f"{path}: {answer.status} {text}")
        return text


def start_pool(app):
    """The loop starts a thread for the pool where all have work, and waits for it to run: not while one has the GIL."""
    requests = [threading.Thread(target=app.get, args=(f"pool_sleep/{LENGTH}",)) for _ in range(POOL)]
    for request in requests:
        request.start()
    for request in requests:
        request.join()


class Visitors:
    """Ask the healthy routes again and again, one each."""

    def __init__(self, app):
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(app, route), daemon=True) for route in HEALTHY]
        for thread in self._threads:
            thread.start()

    def _run(self, app, route):
        while not self._stop.wait(0.005):
            app.get(route)

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(harness.seconds(20))


class FastApi:
    loop = "asyncio"

    def test_names_each_route(self):
        self.require(harness.has_module("fastapi"), f"{harness.PYTHON} has no fastapi")
        late = self.start(LateHttp())
        self.start(evidence.SlowResolver())
        app = self.start(App(self.directory, self.loop, late.port))
        routes = [route for route in ROUTES if route != "dns" or evidence.can_have_own_names()]
        for route in routes:  # what is slow only once
            app.get(f"{route}/{MS}")
        start_pool(app)
        os.truncate(app.log, 0)
        visitors = self.start(Visitors(app))
        with harness.measuring(self.directory, app.pid) as session:
            for route in routes * EACH:
                app.get(f"{route}/{LENGTH}")
                time.sleep(PAUSE)
        visitors.stop()
        self.assertEqual(0, session.result.code, session.result.stderr)
        self.judge(session.result, app, {"late": late.port})

    def rules(self, trap, stall):
        """What fits a route, or, where the disk was fast, what computed meanwhile."""
        expected, rule = ROUTES[trap.kind]
        return (rule, "sqlite", "cpu") if expected.or_cpu and trap.computes(stall) else (rule,)

    def judge(self, outcome, app, values):
        stalls = outcome.stalls(app.pid)
        causes = {route: cause for route, (cause, _) in ROUTES.items()}
        tally = evidence.match(evidence.read_traps(app.log), stalls, app.pid, values, causes)
        print(self.id(), tally, *tally.taken, *tally.unknown, sep="\n  ", flush=True)
        for trap, stall in tally.judged():
            with self.subTest(route=trap.kind):
                self.assertIn(stall["advice"] and stall["advice"]["rule"], self.rules(trap, stall),
                              f"{trap}: {evidence.describe(stall)}")
        named = {evidence.place(s["culprit"]["frame"])[0] for s in stalls if s["culprit"] and s["culprit"]["frame"]}
        self.assertEqual(set(), named & set(HEALTHY))
        tally.assert_good(self, 97)


class Asyncio(FastApi, harness.LiveTest):
    pass


class Uvloop(FastApi, harness.LiveTest):
    loop = "uvloop"

    def setUp(self):
        super().setUp()
        self.require(harness.has_module("uvloop"), f"{harness.PYTHON} has no uvloop")


if __name__ == "__main__":
    harness.main()
