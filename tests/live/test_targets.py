"""The targets themselves, without loopstall: what they log is what they were asked for."""
import os
import pathlib
import signal
import time

import harness
from harness import MS

C_KINDS = ["sleep", "spin", "mixed", "poll", "select", "epoll"]
LENGTH = 30 * MS


class Targets(harness.TargetTest):
    def check(self, server, kinds):
        self.start(server)
        client = harness.Client(server.port)
        client.ask("ping")
        for kind in kinds:
            client.block(kind, LENGTH)
        blocks, _ = harness.read_log(server.log)
        self.assertEqual(kinds, [block.kind for block in blocks])
        for block in blocks:
            with self.subTest(kind=block.kind):
                self.check_block(block)
        return server

    def check_block(self, block):
        # poll() and friends know whole milliseconds and may be that much early; a noisy machine makes it longer.
        self.assertGreaterEqual(block.length, LENGTH - MS)
        if block.kind == "mixed":
            # Slices are cut by the wall clock: on a busy machine they are not equal halves of the CPU.
            self.assertTrue(0.1 < block.user / block.cpu < 0.9, str(block))
        elif block.kind == "spin":
            self.assertGreater(block.cpu + max(0, block.runqueue), block.length // 2, str(block))
        else:
            self.assertLess(block.cpu, block.length // 2, str(block))

    def test_asyncio(self):
        self.check(harness.python_server(self.directory), [*C_KINDS, "loop", "reenter"])

    def test_uvloop(self):
        self.require(harness.has_module("uvloop"), f"{harness.PYTHON} has no uvloop")
        self.check(harness.python_server(self.directory, "--uvloop"), [*C_KINDS, "loop"])

    def test_node(self):
        self.require(harness.has_node(), "no node here")
        self.check(harness.node_server(self.directory), ["sleep", "spin", "mixed", "loop"])

    def test_c(self):
        for name in ("epoll_server", "poll_server", "multi_loop", "ends_loop"):
            with self.subTest(target=name):
                (pathlib.Path(self.directory) / "truth.log").unlink(missing_ok=True)
                self.check(harness.c_server(self.directory, name), C_KINDS)

    def test_iterations_are_logged_too(self):
        for start in (harness.python_server, lambda d: harness.c_server(d, "poll_server")):
            server = self.start(start(self.directory))
            client = harness.Client(server.port)
            client.block("sleep", LENGTH)
            client.ask("ping")
            blocks, iterations = harness.read_log(server.log)
            self.assertEqual(1, len(iterations))
            self.assertLessEqual(iterations[0].start, blocks[0].start)
            self.assertGreaterEqual(iterations[0].end, blocks[0].end)
            server.log.unlink()

    def test_loops_that_end(self):
        for server in (harness.python_server(self.directory, "--mode", "ends"),
                       harness.c_server(self.directory, "ends_loop")):
            self.start(server)
            harness.Client(server.port).ask("quit")
            harness.wait_for("the loop to end", lambda: "ended" in server.stdout())
            self.assertTrue(server.running(), "it waits for its standard input now")

    def test_pool_and_yield(self):
        for mode in ("pool", "yield"):
            server = self.start(harness.python_server(self.directory, "--mode", mode))
            harness.Client(server.port).ask("ping")

    def test_prefork(self):
        server = self.start(harness.python_server(self.directory, "--workers", "2", script="prefork_server.py"))
        harness.wait_for("two workers", lambda: server.stdout().count("worker") == 2)
        os.kill(server.pid, signal.SIGUSR1)
        harness.wait_for("a third", lambda: server.stdout().count("worker") == 3)
        harness.Client(server.port).ask("ping")

    def test_web_servers(self):
        for module, app, workers in (("gunicorn", "wsgi_app:app", 1), ("uvicorn", "asgi_app:app", 4)):
            with self.subTest(module=module):
                self.require(harness.has_module(module), f"{harness.PYTHON} has no {module}")
                server = self.start(harness.HttpServer(self.directory, module, app, workers=workers))
                worker = int(server.get(f"/block/sleep/{LENGTH}"))
                self.assertIn(worker, server.workers())
                self.assertEqual(workers, len(server.workers()))

    def test_gap_monitor(self):
        """A stopped monitor sees a gap as long as the stop."""
        gaps = self.start(harness.Gaps(self.directory))
        self.require(gaps.process.running(), "real-time priority is not permitted: " + gaps.process.stderr())
        began = time.monotonic_ns()
        gaps.process.popen.send_signal(signal.SIGSTOP)
        time.sleep(0.1)
        gaps.process.popen.send_signal(signal.SIGCONT)
        time.sleep(0.05)
        self.assertGreater(gaps.within((began, time.monotonic_ns())), 90 * MS)


if __name__ == "__main__":
    harness.main()
