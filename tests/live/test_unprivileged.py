"""As nobody: with four capabilities it measures another user's server, without them it names what is missing."""
import os
import pathlib
import shutil
import subprocess

import harness
from harness import MS

NEEDED = ("bpf", "perfmon", "sys_ptrace", "dac_read_search")
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


# Only root can mount tracefs, and not every machine has it mounted: the child gets a mount of its own.
# In a chroot, where / is no mount point, unshare can not change how mounts spread.
PRIVATE = ["unshare", "--mount"]
if subprocess.run([*PRIVATE, "true"], capture_output=True).returncode:
    PRIVATE += ["--propagation", "unchanged"]
WITH_TRACEFS = (*PRIVATE, "sh", "-c",
                'mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing; exec "$@"', "sh")


def as_nobody(capabilities):
    if not capabilities:
        return (*WITH_TRACEFS, *NOBODY, "--inh-caps=-all", "--bounding-set=-all")
    listed = ",".join("+" + name for name in capabilities)
    return (*WITH_TRACEFS, *NOBODY, f"--inh-caps=-all,{listed}", f"--ambient-caps=-all,{listed}")


class Unprivileged(harness.LiveTest):
    def setUp(self):
        super().setUp()
        self.require(os.geteuid() == 0, "only root can become nobody with chosen capabilities")
        self.require(shutil.which("setpriv"), "no setpriv")
        # nobody may not be allowed into the build tree; and a directory of its own for what it writes.
        self.binary = shutil.copy(harness.BINARY, self.directory)
        os.chmod(self.directory, 0o777)
        self.server = self.start(harness.c_server(self.directory, "epoll_server"))

    def run_as_nobody(self, capabilities, *arguments):
        done = subprocess.run([*as_nobody(capabilities), self.binary, *map(str, arguments)], capture_output=True,
                              text=True, cwd="/", timeout=harness.seconds(30))
        return harness.Outcome(done.returncode, done.stdout, done.stderr)

    def test_four_capabilities_are_enough(self):
        recording = pathlib.Path(self.directory) / "x.loopstall"
        load = self.start(harness.Load(self.server.ports, connections=1, pause=0.2,
                                       line=lambda n: f"block sleep {30 * MS}"))
        outcome = self.run_as_nobody(NEEDED, "attach", self.server.pid, "-d", "2s", "--json", "-o", recording)
        load.stop()
        self.assertEqual(0, outcome.code, outcome.stderr)
        self.assertGreaterEqual(len(outcome.stalls(self.server.pid)), 3)
        self.assertEqual(65534, recording.stat().st_uid)

    def test_task_steps_take_no_more(self):
        server = self.start(harness.python_server(self.directory))
        load = self.start(harness.Load(server.ports, connections=1, pause=0.05))
        outcome = self.run_as_nobody(NEEDED, "attach", server.pid, "-d", "3s", "--json")
        load.stop()
        self.assertEqual(0, outcome.code, outcome.stderr)
        tiers = [loop["tier"] for loop in outcome.loops(server.pid)]
        self.assertEqual(["tasks"], tiers, outcome.stdout[:2000])

    def test_doctor_agrees(self):
        self.assertEqual(0, self.run_as_nobody(NEEDED, "doctor", self.server.pid).code)
        self.assertNotEqual(0, self.run_as_nobody((), "doctor", self.server.pid).code)

    def test_none(self):
        outcome = self.run_as_nobody((), "attach", self.server.pid, "-d", "1s")
        self.assertEqual(3, outcome.code, outcome.stdout + outcome.stderr)
        for name in NEEDED:
            self.assertIn(f"CAP_{name.upper()}", outcome.stderr)

    def test_each_missing_one_is_named(self):
        for missing in NEEDED:
            rest = tuple(name for name in NEEDED if name != missing)
            with self.subTest(missing=missing):
                outcome = self.run_as_nobody(rest, "attach", self.server.pid, "-d", "1s")
                self.assertEqual(3, outcome.code, outcome.stdout + outcome.stderr)
                self.assertIn(f"CAP_{missing.upper()}", outcome.stderr)
                for name in rest:
                    self.assertNotRegex(outcome.stderr, rf"missing[^.\n]*CAP_{name.upper()}\b")

    def test_reading_a_report_needs_no_privilege(self):
        recording = pathlib.Path(self.directory) / "x.loopstall"
        done = harness.loopstall("attach", self.server.pid, "-d", "1s", "-o", recording)
        self.assertEqual(0, done.code, done.stderr)
        recording.chmod(0o644)
        outcome = self.run_as_nobody((), "report", recording)
        self.assertEqual((0, done.stdout), (outcome.code, outcome.stdout))


if __name__ == "__main__":
    harness.main()
