"""A session outlives the tracepoints of its waits: where the kernel can, they move to its functions. No boundary is lost."""
import json
import shutil
import subprocess
import tempfile
import time

import harness
from harness import MS

LENGTH = int(300 * MS * max(1.0, harness.TIME_SCALE / 4))
THRESHOLD = f"{LENGTH // MS // 3}ms"
MOVED_AFTER = 10  # seconds that loopstall looks which waits there are


def can_move():
    checks = json.loads(harness.loopstall("doctor", "--json").stdout)["checks"]
    return next(check["ok"] for check in checks if check["name"] == "BPF programs on kernel functions")


def syscall_tracepoints(pid):
    """Those at which the process has programs."""
    shown = json.loads(subprocess.run(["bpftool", "-j", "perf", "show"], capture_output=True, text=True).stdout or "[]")
    names = [entry.get("tracepoint", "") for entry in shown if entry["pid"] == pid]
    return sorted(name for name in names if name.startswith("sys_"))


class Moved(harness.LiveTest):
    def setUp(self):
        super().setUp()
        self.require(shutil.which("bpftool"), "no bpftool")

    def servers(self):
        """Two that are busy meanwhile, and two that sleep in one wait from before until after."""
        names = ["epoll_server", "poll_server"] * 2
        return [self.start(harness.c_server(tempfile.mkdtemp(dir=self.directory), name)) for name in names]

    def block_for(self, seconds, clients, pause):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for client in clients:
                client.block("sleep", LENGTH)
            time.sleep(pause)

    def wait_for_tracepoints(self, pid):
        if can_move():
            harness.wait_for("the tracepoints to be left", lambda: not syscall_tracepoints(pid), 20)
        self.assertEqual(not can_move(), bool(syscall_tracepoints(pid)))

    def test_nothing_is_lost(self):
        servers = self.servers()
        clients = [harness.Client(server.port) for server in servers]
        loads = [self.start(harness.Load(server.ports)) for server in servers[:2]]
        pids = [server.pid for server in servers]
        with harness.measuring(self.directory, *pids, "--threshold", THRESHOLD) as session:
            self.assertTrue(syscall_tracepoints(session.pid))
            self.block_for(MOVED_AFTER + 3, clients[:2], 0.1)
            self.assertTrue(syscall_tracepoints(session.pid), "who sleeps since before must be seen to wake up")
            self.block_for(1, clients, 0.05)
            self.wait_for_tracepoints(session.pid)
            self.block_for(2, clients, 0.05)
        for load in loads:
            load.stop()
            self.assertEqual([], load.failures)
        for server in servers:
            verdict = harness.Verdict(session.result, server.log, {server.pid})
            self.assertGreaterEqual(len(verdict.blocks), 2)
            verdict.assert_counts(self)
            verdict.assert_lengths(self)
            self.one_loop(session.result, server.pid)


if __name__ == "__main__":
    harness.main()
