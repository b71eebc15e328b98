"""Targets in namespaces of their own, as a container has them: other pids than ours, and files that nobody else sees.
loopstall outside, inside with the target, and beside it: with its pids, but other files."""
import os
import signal
import subprocess

import harness
from harness import MS

BLOCK, TIMES = 40 * MS, 5

# Files of its own: a tmpfs at a folder that is empty outside, with the program in it.
SCRIPT = 'mount -t tmpfs none "$1" && cp "$2" "$1/" && mount -t proc proc /proc && cd "$1" && shift 2 && exec "$@"'


def can_be_contained():
    """Not in a chroot, whose root is no mount of its own, nor where nothing may be mounted."""
    mounts = "mount -t tmpfs none /tmp && mount -t proc proc /proc"
    made = subprocess.run(["unshare", "--mount", "--pid", "--fork", "sh", "-c", mounts], capture_output=True)
    if made.returncode != 0:
        print("NOT HERE: containers: " + made.stderr.decode().strip(), flush=True)
    return made.returncode == 0


class Contained(harness.Server):
    """argv[0] is a file that only it sees; .inner is its pid out here, where pid is that of unshare."""

    def __init__(self, directory, file, *argv, **options):
        self.folder = f"{directory}/own"
        subprocess.run(["mkdir", self.folder], check=True)
        unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", SCRIPT, "sh"]
        super().__init__([*unshare, self.folder, file, *argv], directory, "contained", **options)
        self.inner = harness.children(self.pid)[0]

    def stop(self):
        """unshare takes no SIGTERM: it ends with what it started."""
        os.kill(self.inner, signal.SIGKILL)
        super().stop()


class Containers(harness.LiveTest):
    def native(self):
        return self.start(Contained(self.directory, harness.TARGETS / "epoll_server", "./epoll_server",
                                    f"{self.directory}/truth.log"))

    def asyncio(self):
        return self.start(Contained(self.directory, harness.SOURCES / "asyncio_server.py", harness.PYTHON, "-B",
                                    "./asyncio_server.py", f"{self.directory}/truth.log",
                                    env={"PYTHONPATH": str(harness.SOURCES)}))

    def blocked(self, server):
        client = harness.Client(server.port)
        client.ask("ping")
        for _ in range(TIMES):
            client.block("spin", BLOCK)
        client.close()

    def check(self, report, pid, function, file):
        stalls = [stall for stall in report["stalls"] if stall["pid"] == pid]
        self.assertEqual(TIMES, len(stalls), report["loops"])
        self.assertGreaterEqual(min(stall["busy_ns"] for stall in stalls), BLOCK)
        seen = [sample["stack"] for stall in stalls for sample in stall["samples"]]
        self.assertIn(function, str(seen))
        self.assertIn(file, str(seen))

    def outside(self, server, *named):
        with harness.measuring(self.directory, server.inner) as session:
            self.blocked(server)
        self.assertEqual(0, session.result.code, session.result.stderr)
        self.check(session.result.report, server.inner, *named)

    def entered(self, server, enter, *named):
        attached = harness.Process([*enter, harness.BINARY, "attach", 1, "--json"], self.directory, "entered")
        self.start(attached)
        harness.wait_for("the probes to be in place", lambda: "measuring" in attached.stderr(), 20)
        self.blocked(server)
        for pid in harness.children(attached.pid):  # nsenter forks for the other pids, and passes no signal on
            subprocess.run(["kill", "-INT", str(pid)], check=True)
        self.assertEqual(0, attached.wait(20), attached.stderr())
        self.check(harness.Outcome(0, attached.stdout(), "").report, 1, *named)

    def inside(self, server, *named):
        self.entered(server, ["nsenter", "-t", server.inner, "-m", "-p", "-r"], *named)

    def beside(self, server, *named):
        mount = ["unshare", "--mount", "sh", "-c", 'mount -t proc proc /proc && exec "$@"', "sh"]
        self.entered(server, ["nsenter", "-t", server.inner, "-p", *mount], *named)

    def test_native_from_outside(self):
        self.outside(self.native(), "block_spin", "truth.h")

    def test_native_from_inside(self):
        self.inside(self.native(), "block_spin", "truth.h")

    def test_native_from_beside(self):
        self.beside(self.native(), "block_spin", "truth.h")

    def test_asyncio_from_outside(self):
        self.outside(self.asyncio(), "_spin", "truth.py")

    def test_asyncio_from_inside(self):
        self.inside(self.asyncio(), "_spin", "truth.py")


if not can_be_contained():
    del Containers  # nothing that LOOPSTALL_REQUIRE_LIVE could ask for

if __name__ == "__main__":
    harness.main()
