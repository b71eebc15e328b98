"""The target is only read: it fails no request and looks the same afterwards, however loopstall ends."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

import harness
from harness import FULL, seconds
from text import code_hash, code_mappings

CYCLES = 200 if FULL else 20
KILLS = 50 if FULL else 5
KINDS = ("prog", "map", "link")


def bpf_objects():
    """{kind: {id: name}} of everything that is loaded in this kernel."""
    found = {}
    for kind in KINDS:
        out = subprocess.run(["bpftool", "-j", kind, "show"], capture_output=True, text=True).stdout
        found[kind] = {entry["id"]: entry.get("name", "") for entry in json.loads(out or "[]")}
    return found


def others_measuring():
    """Sessions on this machine that are not ours: what they have loaded is not left over."""
    ours = set(harness.children(os.getpid()))
    pids = (int(name) for name in os.listdir("/proc") if name.isdigit())
    return [pid for pid in pids if pid not in ours and harness.comm(pid) == "loopstall"]


def tracing_events():
    """Probes that were created by name in tracefs."""
    texts = []
    for name in ("uprobe_events", "kprobe_events"):
        for root in ("/sys/kernel/tracing", "/sys/kernel/debug/tracing"):
            path = pathlib.Path(root, name)
            if path.exists():
                texts.append(path.read_text())
                break
    return texts


class Harmless(harness.LiveTest):
    def setUp(self):
        super().setUp()
        self.require(shutil.which("bpftool"), "no bpftool")
        harness.wait_for("other sessions on this machine to end", lambda: not others_measuring(), 60)
        self.before_objects, self.before_events = bpf_objects(), tracing_events()

    def leftovers(self):
        now = bpf_objects()
        return {kind: {i: n for i, n in now[kind].items() if i not in self.before_objects[kind]} for kind in KINDS}

    def assert_nothing_left(self):
        """The kernel drops links asynchronously: 2 s, in which nobody else measures."""
        clean = {kind: {} for kind in KINDS}
        deadline = time.monotonic() + seconds(2)
        while self.leftovers() != clean and time.monotonic() < deadline:
            time.sleep(0.1)
            if others_measuring():
                deadline = time.monotonic() + seconds(2)
        self.assertEqual(clean, self.leftovers())
        self.assertEqual(self.before_events, tracing_events())

    def check(self, server, cycle, count, whole_maps=False):
        self.start(server)
        load = self.start(harness.Load(server.ports, connections=3, pause=0.001))
        time.sleep(0.3)  # warm: the target has allocated what it needs
        maps, digest = code_mappings(server.pid), code_hash(server.pid)
        whole = pathlib.Path(f"/proc/{server.pid}/maps").read_text()
        done = load.done
        for number in range(count):
            cycle(server, number)
        self.assertTrue(server.running())
        self.assertGreater(load.done, done, "the load never stopped")
        load.stop()
        self.assertEqual([], load.failures)
        self.assert_nothing_left()
        self.assertEqual(maps, code_mappings(server.pid))
        self.assertEqual(digest, code_hash(server.pid))
        if whole_maps:
            self.assertEqual(whole, pathlib.Path(f"/proc/{server.pid}/maps").read_text())

    def attach_and_detach(self, server, number):
        attached = self.start(harness.Attached(self.directory, server.pid, wait=False))
        # Cut it short at ever different moments: while it loads, attaches, measures.
        time.sleep(seconds(0.1 + 0.07 * (number % 12)))
        outcome = attached.interrupt()
        # Before it measures, Ctrl-C may simply end it; before the first loop was seen it could not measure.
        allowed = (0, 3) if "measuring" in outcome.stderr else (0, 3, -signal.SIGINT)
        self.assertIn(outcome.code, allowed, outcome.stderr)

    def attach_and_kill(self, server, number):
        attached = self.start(harness.Attached(self.directory, server.pid, wait=number % 2 == 0))
        time.sleep(seconds(0.05 + 0.11 * (number % 5)))
        attached.popen.kill()
        attached.popen.wait()

    def test_attach_detach_asyncio(self):
        self.check(harness.python_server(self.directory), self.attach_and_detach, CYCLES)

    def test_attach_detach_epoll(self):
        self.check(harness.c_server(self.directory, "epoll_server"), self.attach_and_detach, CYCLES // 4,
                   whole_maps=True)

    def test_kill_asyncio(self):
        self.check(harness.python_server(self.directory), self.attach_and_kill, KILLS)

    def test_kill_epoll(self):
        self.check(harness.c_server(self.directory, "epoll_server"), self.attach_and_kill, max(2, KILLS // 4),
                   whole_maps=True)

    def test_two_at_the_same_time(self):
        """A second session on the same target sees the same and disturbs nobody."""
        server = self.start(harness.c_server(self.directory, "epoll_server"))
        client = harness.Client(server.port)
        with harness.measuring(self.directory, server.pid) as first:
            with harness.measuring(self.directory, server.pid) as second:
                client.block("sleep", 40 * harness.MS)
        self.assertEqual([1, 1], [len(s.result.stalls(server.pid)) for s in (first, second)])
        self.assert_nothing_left()

    def test_the_target_is_never_stopped(self):
        """No ptrace, no signal: nobody traces the target, and it was switched out only by its own sleeping."""
        server = self.start(harness.c_server(self.directory, "epoll_server"))
        with harness.measuring(self.directory, server.pid):
            for _ in range(20):
                status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
                self.assertIn("TracerPid:\t0\n", status)
                self.assertIn("SigPnd:\t0000000000000000\n", status)
                time.sleep(0.02)


if __name__ == "__main__":
    harness.main()
