"""Every stall counted, none invented, lengths and splits right, against servers that log their own truth."""
import time

import harness
from harness import MS, FULL, TARGET_CPU

ROUNDS = 5 if FULL else 1
LENGTHS = [12] * 6 + [15] * 4 + [25] * 4 + [50] * 3 + [100] * 2 + [250, 500, 1000]
MIXED = [120] * (200 if FULL else 10)
CONTENDED = [30, 60, 100, 100, 200, 400]
PAUSE = 0.02  # between blocks, so that each is an iteration of its own


def ask_for(client, kind, lengths):
    for length in lengths:
        client.block(kind, length * MS)
        time.sleep(PAUSE)


def allowed(points, stalls, cpu):
    """15 points a stall and 3 points over 200 of them hold for stalls that had the CPU for all of their length. With
    less CPU there are fewer samples, and an estimate gets worse as the root of their number."""
    return points * max(1, (stalls * MIXED[0] * MS / cpu) ** 0.5)


class Hogs:
    """Two busy processes on the target's core."""

    def __init__(self, directory):
        spin = ["timeout", "120", "sh", "-c", "while :; do :; done"]
        self.all = [harness.Process(spin, directory, f"hog{i}", cpu=TARGET_CPU) for i in range(2)]

    def stop(self):
        for hog in self.all:
            hog.stop()


class Truth:
    """Mixed into a LiveTest per server."""

    def server(self):
        raise NotImplementedError

    def measure(self, work):
        """A verdict on one session in which work(client) is done under a light load."""
        server = self.start(self.server())
        gaps = self.start(harness.Gaps(self.directory))
        client = harness.Client(server.port)
        load = self.start(harness.Load(server.ports))
        with harness.measuring(self.directory, server.pid) as session:
            work(client)
        load.stop()
        self.assertEqual([], load.failures)
        self.assertEqual(0, session.result.code, session.result.stderr)
        self.one_loop(session.result, server.pid)
        return harness.Verdict(session.result, server.log, {server.pid}, gaps)

    def assert_close(self, block, what, stall, key, truth):
        """Within 5 % of the block's length, but not closer than an iteration's own overhead. The iteration may have
        done more than the block, by its length beyond it; and a stolen slice counts as CPU until the next tick."""
        limit = max(block.length // 20, 300_000)
        got = stall["split"][key]
        more = max(0, stall["busy_ns"] - block.length) + (max(0, block.own - block.cpu) if block.kind == "spin" else 0)
        self.assertTrue(truth - limit <= got <= truth + limit + more,
                             f"{what} {got / MS:.3f}, truth {truth / MS:.3f}: {block}: {harness.describe(stall)}")

    def assert_sum(self, verdict, block, stall):
        """busy = cpu + blocked + runqueue, each measured on its own, but for time that nobody books: neither the
        thread's own clocks, which a spin sees, nor the monitor on its core."""
        split = stall["split"]
        rest = stall["busy_ns"] - split["cpu_ns"] - split["blocked_ns"] - split["runqueue_ns"]
        gap = verdict.gap(stall)
        unbooked = block.own - block.cpu if block.kind == "spin" else 0
        limit = max(stall["busy_ns"] // 100, 20_000)
        self.assertTrue(-limit <= rest <= limit + max(gap, unbooked), f"{block}: {harness.describe(stall)} leaves "
                        f"{rest / MS:.3f} ms, logged gaps {gap / MS:.3f}, unbooked {unbooked / MS:.3f}")

    def test_blocks(self):
        def work(client):
            for _ in range(ROUNDS):
                ask_for(client, "sleep", LENGTHS)
                ask_for(client, "spin", LENGTHS)

        verdict = self.measure(work)
        verdict.assert_counts(self)
        verdict.assert_lengths(self)
        for block, stall in verdict.pairs:
            with self.subTest(block=str(block)):
                if block.kind == "sleep":
                    self.assert_close(block, "blocked", stall, "blocked_ns", block.own - block.cpu)
                else:
                    self.assert_close(block, "cpu", stall, "cpu_ns", block.cpu)
                self.assert_sum(verdict, block, stall)

    def test_contended_spins(self):
        hogs = Hogs(self.directory)
        self.addCleanup(hogs.stop)
        verdict = self.measure(lambda client: ask_for(client, "spin", CONTENDED * ROUNDS))
        verdict.assert_counts(self)
        verdict.assert_lengths(self)
        for block, stall in verdict.pairs:
            with self.subTest(block=str(block)):
                # The whole iteration competes for the core, and the server sees only the block: what came before
                # and after it shows as busy time beyond the block.
                beyond = max(0, stall["busy_ns"] - block.length)
                self.assert_close(block, "cpu", stall, "cpu_ns", block.cpu)
                if block.runqueue >= 0:
                    waited = stall["split"]["runqueue_ns"]
                    limit = max(block.length // 20, 300_000) + verdict.gap(stall)
                    self.assertGreaterEqual(waited, block.runqueue - limit, harness.describe(stall))
                    self.assertLessEqual(waited, block.runqueue + beyond + limit, harness.describe(stall))
                self.assert_sum(verdict, block, stall)

    def test_user_and_kernel(self):
        verdict = self.measure(lambda client: ask_for(client, "mixed", MIXED))
        verdict.assert_counts(self)
        estimated, true, cpu = 0, 0, 0
        for block, stall in verdict.pairs:
            split = stall["split"]
            self.assertGreater(split["user_kernel_samples"], 0, harness.describe(stall))
            share, truth = split["user_ns"] / split["cpu_ns"], block.user / block.cpu
            with self.subTest(block=str(block), samples=split["user_kernel_samples"]):
                self.assertLessEqual(abs(share - truth), allowed(0.15, 1, block.cpu),
                                     f"user share {share:.3f}, truth {truth:.3f}")
            estimated += split["user_ns"]
            true += block.user
            cpu += block.cpu
        limit = allowed(0.03, 200, cpu)
        shares = f"user share {estimated / cpu:.3f}, truth {true / cpu:.3f}"
        self.assertLessEqual(abs(estimated - true) / cpu, limit, shares)


class Asyncio(Truth, harness.LiveTest):
    def server(self):
        return harness.python_server(self.directory)


class Uvloop(Truth, harness.LiveTest):
    def server(self):
        self.require(harness.has_module("uvloop"), f"{harness.PYTHON} has no uvloop")
        return harness.python_server(self.directory, "--uvloop")


class Node(Truth, harness.LiveTest):
    def server(self):
        self.require(harness.has_node(), "no node here")
        return harness.node_server(self.directory)


class Epoll(Truth, harness.LiveTest):
    def server(self):
        return harness.c_server(self.directory, "epoll_server")


class Poll(Truth, harness.LiveTest):
    def server(self):
        return harness.c_server(self.directory, "poll_server")


class SeveralLoops(harness.LiveTest):
    def test_ten_loops_in_one_process(self):
        server = self.start(harness.c_server(self.directory, "multi_loop", cpu=None))
        load = self.start(harness.Load(server.ports, connections=10, pause=0.02))
        with harness.measuring(self.directory, server.pid) as session:
            for port in server.ports:
                ask_for(harness.Client(port), "sleep", [30])
        load.stop()
        verdict = harness.Verdict(session.result, server.log, {server.pid})
        verdict.assert_counts(self)
        loops = session.result.loops(server.pid)
        self.assertEqual([f"loop{i}" for i in range(10)], sorted(loop["comm"] for loop in loops))
        self.assertEqual([1] * 10, [loop["stalls"] for loop in loops])


class AtTheEdges(harness.LiveTest):
    """Invariant 8: a stall that goes on is shown, also when it began before loopstall attached."""

    def setUp(self):
        super().setUp()
        self.server = self.start(harness.c_server(self.directory, "epoll_server"))

    def block_in_background(self, length):
        """A connection whose handler is blocking now; its answer comes later."""
        client = harness.Client(self.server.port)
        client.ask("ping")
        client.socket.sendall(f"block sleep {length * MS}\n".encode())
        return client

    def test_still_going_on_at_the_end(self):
        with harness.measuring(self.directory, self.server.pid) as session:
            time.sleep(0.3)
            client = self.block_in_background(4000)
            time.sleep(1)
        client.close()
        stalls = session.result.stalls(self.server.pid)
        self.assertEqual(1, len(stalls), session.result.stdout)
        self.assertTrue(stalls[0]["ongoing"])
        self.assertFalse(stalls[0]["before_attach"])
        self.assertGreaterEqual(stalls[0]["busy_ns"], 900 * MS)
        self.assertEqual(1, self.one_loop(session.result, self.server.pid)["stalls"])

    def test_began_before_attach(self):
        client = self.block_in_background(3000 * max(1, int(harness.TIME_SCALE)))
        with harness.measuring(self.directory, self.server.pid) as session:
            client.socket.recv(16)
            ask_for(client, "sleep", [40])
        stalls = sorted(session.result.stalls(self.server.pid), key=lambda s: s["start_ns"])
        self.assertEqual([True, False], [s["before_attach"] for s in stalls], session.result.stdout)
        self.assertEqual([False, False], [s["ongoing"] for s in stalls])
        # What it held the loop for since is busy time, though no iteration's length.
        self.assertGreater(self.one_loop(session.result, self.server.pid)["utilization"], 0.8)

    def test_both(self):
        self.block_in_background(60_000)
        with harness.measuring(self.directory, self.server.pid) as session:
            time.sleep(0.5)
        stalls = session.result.stalls(self.server.pid)
        self.assertEqual([(True, True)], [(s["before_attach"], s["ongoing"]) for s in stalls], session.result.stderr)


if __name__ == "__main__":
    harness.main()
