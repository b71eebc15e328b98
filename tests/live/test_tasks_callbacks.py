"""Functions of the user's that libraries call from callbacks of their own: asyncio's transports their protocols, Tornado
what it was given. Their long steps are under them."""
import collections
import json
import socket

import harness
import tasks
from harness import FULL, MS

EACH = 200 if FULL else 20
PART = 0.03
LONG_NS = 10 * MS
MADE_LONG = EACH // 8  # short calls that the machine stood still in for more than a millisecond
AROUND_NS = 300_000  # of a step: what the library does around the call
TRANSPORT, TORNADO = "_SelectorSocketTransport._read_ready", "IOLoop._run_callback"


class Peer:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=harness.seconds(20))

    def ask(self, what):
        self.socket.sendall(what)
        if self.socket.recv(16) != what:
            raise AssertionError(f"no answer to {what}")

    def stop(self):
        self.socket.close()


class LibraryCallbacks(harness.LiveTest):
    def measured(self, words, *options):
        argv = [harness.PYTHON, "-B", harness.SOURCES / "library_callbacks.py", f"{self.directory}/calls.log", *options]
        server = self.start(harness.Server(argv, self.directory, "library_callbacks", f"{self.directory}/calls.log"))
        peers = [self.start(Peer(port)) for port in server.ports]
        with tasks.measuring(self.directory, server.pid) as session:
            for _ in range(EACH):
                for peer, what in words:
                    peers[peer].ask(what)
        self.rows = tasks.rows_of(session.result, server.pid)
        print(self.id(), *map(tasks.describe, self.rows), sep="\n", flush=True)
        self.calls = collections.defaultdict(list)
        with open(server.log) as log:
            for function, start, end in map(json.loads, log):
                self.calls[function].append(end - start)

    def assert_told(self, task, function, long_calls):
        """All of its long calls are under it; of short ones those that the machine made long, and few."""
        long = [ns for ns in self.calls[function] if ns >= LONG_NS]
        self.assertEqual(long_calls, len(long))
        row, = [r for r in self.rows if r["handler"] and r["handler"]["name"] == function]
        self.assertEqual((task, "callback"), (row["name"], row["kind"]))
        self.assertIn(row["steps"]["count"] - len(long), range(MADE_LONG + 1), tasks.describe(row))
        self.assertLess(abs(row["steps"]["sum_ns"] - sum(long)), PART * sum(long) + AROUND_NS * len(long))

    def test_protocols(self):
        self.measured([(0, b"s"), (1, b"c"), (0, b"x"), (0, b"c"), (1, b"x")])
        self.assert_told(TRANSPORT, "First.data_received", 2 * EACH)
        self.assert_told(TRANSPORT, "Second.data_received", EACH)
        steps = sum(r["steps"]["count"] for r in self.rows if r["name"] == TRANSPORT)
        self.assertEqual(5 * EACH, steps)

    def test_tornado(self):
        self.require(harness.has_module("tornado"), f"{harness.PYTHON} has no tornado")
        self.measured([(0, b"t"), (1, b"c"), (0, b"x")], "--tornado")
        self.assert_told(TORNADO, "called_by_tornado", EACH)
        self.assert_told(TRANSPORT, "Second.data_received", EACH)
        instant = [r["steps"] for r in self.rows if r["handler"] and r["handler"]["name"] == "First.data_received"]
        self.assertLessEqual(sum(steps["count"] for steps in instant), MADE_LONG)


if __name__ == "__main__":
    harness.main()
