"""The kernel's histograms against a full trace of the same iterations."""
import pathlib
import random
import time

import harness
from harness import MS

QUANTILES = {"p50_ns": 0.5, "p90_ns": 0.9, "p99_ns": 0.99, "p999_ns": 0.999}


def nearest_rank(values, q):
    """The smallest value such that at least q of all are at or below it."""
    rank = -(-len(values) * round(q * 1000) // 1000)
    return values[max(0, rank - 1)]


def read_trace(path):
    """[(busy, own)] of a session with one loop."""
    rows = []
    for line in pathlib.Path(path).read_text().splitlines():
        *_, start, end, runqueue = map(int, line.split())
        rows.append((end - start, end - start - runqueue))
    return rows


class Quantiles(harness.LiveTest):
    def check(self, server, lengths):
        """Requests of random lengths, so that every quantile lies somewhere else."""
        self.start(server)
        trace = pathlib.Path(self.directory) / "trace"
        draw = random.Random(42)
        load = self.start(harness.Load(server.ports, connections=3, pause=0.0005,
                                       line=lambda n: f"block spin {int(lengths(draw))}" if n % 4 else "ping"))
        with harness.measuring(self.directory, server.pid, "--trace-iterations", trace) as session:
            time.sleep(4)
        load.stop()
        self.assertEqual(0, session.result.code, session.result.stderr)
        self.assertEqual(0, session.result.report["lost"]["trace_events"], "the trace itself must be whole")
        loop = self.one_loop(session.result, server.pid)
        rows = read_trace(trace)
        self.assertGreater(len(rows), 1000)
        self.compare("busy", loop["busy"], sorted(busy for busy, _ in rows))
        self.compare("own", loop["own"], sorted(own for _, own in rows))
        self.assertEqual(loop["iterations"], loop["busy"]["count"])

    def compare(self, name, got, values):
        exact = {"count": len(values), "sum_ns": sum(values), "min_ns": values[0], "max_ns": values[-1]}
        self.assertEqual(exact, {key: got[key] for key in exact}, name)
        for key, q in QUANTILES.items():
            truth = nearest_rank(values, q)
            with self.subTest(distribution=name, quantile=key):
                self.assertLessEqual(abs(got[key] - truth), truth * 0.01, f"got {got[key]}, truth {truth}")

    def test_epoll(self):
        self.check(harness.c_server(self.directory, "epoll_server"), lambda draw: draw.lognormvariate(11.5, 1.2))

    def test_asyncio(self):
        self.check(harness.python_server(self.directory), lambda draw: draw.uniform(0.05, 3) * MS)

    def test_few_iterations(self):
        """Nothing is interpolated from one, two and three values."""
        server = self.start(harness.c_server(self.directory, "epoll_server"))
        client = harness.Client(server.port)
        client.ask("ping")
        for count in (1, 2, 3):
            trace = pathlib.Path(self.directory) / f"trace{count}"
            with harness.measuring(self.directory, server.pid, "--trace-iterations", trace) as session:
                for n in range(count):
                    client.block("spin", (2 + 3 * n) * MS)
                    time.sleep(0.05)
            loop = self.one_loop(session.result, server.pid)
            values = sorted(busy for busy, _ in read_trace(trace))
            self.assertEqual(count, loop["iterations"])
            got = [loop["busy"][key] for key in QUANTILES]
            self.assertEqual([nearest_rank(values, q) for q in QUANTILES.values()], got)


if __name__ == "__main__":
    harness.main()
