"""The short functional pass that scripts/test-kernels runs under other kernels, where an emulated machine is 5 to 20
times slower: it asserts counts, never lengths."""
import time

import harness
from harness import MS

BLOCK = int(300 * MS * max(1.0, harness.TIME_SCALE / 4))
THRESHOLD = f"{BLOCK // 2 // MS}ms"


class Smoke(harness.LiveTest):
    def check(self, server, kinds):
        self.start(server)
        client = harness.Client(server.port)
        client.ask("ping")
        with harness.measuring(self.directory, server.pid, "--threshold", THRESHOLD) as session:
            for kind in kinds:
                client.block(kind, BLOCK)
                time.sleep(seconds_between())
        self.assertEqual(0, session.result.code, session.result.stderr)
        loop = self.one_loop(session.result, server.pid)
        self.assertEqual(len(kinds), loop["stalls"], session.result.stdout)
        stalls = sorted(session.result.stalls(server.pid), key=lambda stall: stall["start_ns"])
        for kind, stall in zip(kinds, stalls):
            with self.subTest(kind=kind):
                self.assertGreaterEqual(stall["busy_ns"], BLOCK)
                split = stall["split"]
                awake = split["cpu_ns"] + split["runqueue_ns"]
                part = awake if kind == "spin" else split["blocked_ns"]
                self.assertGreater(part, BLOCK // 2, harness.describe(stall))
        return session.result

    def test_epoll(self):
        self.check(harness.c_server(self.directory, "epoll_server"), ["sleep", "spin", "poll", "select", "epoll"])

    def test_poll(self):
        self.check(harness.c_server(self.directory, "poll_server"), ["sleep", "spin", "poll"])

    def test_asyncio(self):
        self.check(harness.python_server(self.directory), ["sleep", "spin", "select", "loop"])

    def test_loop_ends(self):
        server = self.start(harness.c_server(self.directory, "ends_loop"))
        with harness.measuring(self.directory, server.pid, "--threshold", THRESHOLD) as session:
            harness.Client(server.port).ask("quit")
            time.sleep(BLOCK / 1e9 * 2)
        self.assertEqual([], session.result.stalls(server.pid))

    def test_doctor(self):
        self.assertEqual(0, harness.loopstall("doctor").code)


def seconds_between():
    return 0.03 * max(1.0, harness.TIME_SCALE)


if __name__ == "__main__":
    harness.main()
