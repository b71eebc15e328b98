"""--on-stall: the command is told the truth, runs as who it should, and not too often."""
import os
import pathlib
import pwd
import subprocess
import time

import harness
from harness import MS

NOBODY = pwd.getpwnam("nobody")


class OnStall(harness.LiveTest):
    def setUp(self):
        super().setUp()
        os.chmod(self.directory, 0o777)
        self.said = pathlib.Path(self.directory) / "said"
        self.server = self.start(harness.c_server(self.directory, "epoll_server"))
        self.client = harness.Client(self.server.port)
        self.client.ask("ping")

    def attach(self, command, blocks, pause=0.0, env=None):
        """The report, when the loop was blocked that often for 40 ms."""
        process = subprocess.Popen([harness.BINARY, "attach", str(self.server.pid), "-d", "4s", "--json", "--on-stall",
                                    command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env={**os.environ, **(env or {})})
        self.addCleanup(process.kill)
        harness.wait_for("the probes", lambda: "measuring" in process.stderr.readline())
        time.sleep(harness.seconds(0.5))
        for _ in range(blocks):
            self.client.ask(f"block sleep {40 * MS}")
            time.sleep(pause)
        report, talk = process.communicate(timeout=harness.seconds(20))
        self.assertEqual(0, process.returncode, talk)
        return harness.json.loads(report)

    def lines(self):
        return self.said.read_text().splitlines()

    def test_it_is_told_what_happened(self):
        report = self.attach(f'echo "$LOOPSTALL_PID $LOOPSTALL_TID $LOOPSTALL_STALL_NS $LOOPSTALL_CAUSE" >> {self.said}', 1)
        stall, = report["stalls"]
        cause = stall["causes"][0]
        self.assertEqual([f"{stall['pid']} {stall['tid']} {stall['busy_ns']} {cause['kind']} {cause['syscall']}"],
                         self.lines())

    def test_not_more_often_than_once_a_second(self):
        report = self.attach(f"echo ran >> {self.said}", 20)
        self.assertEqual(20, len(report["stalls"]))
        self.assertIn(len(self.lines()), (1, 2, 3))
        skipped = 20 - len(self.lines())
        self.assertIn(f"--on-stall was not run for {skipped} of the stalls", " ".join(report["notes"]))

    def test_its_failures_are_told(self):
        report = self.attach("exit 3", 1)
        self.assertIn("--on-stall: the command failed 1 of 1 times, last with status 3", report["notes"])

    def test_under_sudo_it_runs_as_who_called_it(self):
        self.attach(f"(id -u; id -g; id -G; grep -E 'Cap(Inh|Prm|Eff|Amb)' /proc/self/status) >> {self.said}", 1,
                    env={"SUDO_UID": str(NOBODY.pw_uid), "SUDO_GID": str(NOBODY.pw_gid)})
        uid, gid, groups, *capabilities = self.lines()
        self.assertEqual([NOBODY.pw_uid, NOBODY.pw_gid], [int(uid), int(gid)])
        self.assertNotIn("0", groups.split())
        self.assertEqual({0}, {int(line.split()[1], 16) for line in capabilities})

    def test_nothing_of_ours_is_open_in_it(self):
        self.attach(f"ls -l /proc/$$/fd > {self.said}", 1)
        links = [line.split(" -> ")[1] for line in self.lines() if " -> " in line]
        self.assertEqual([], [link for link in links if "bpf" in link or "socket" in link or "event" in link], links)
        self.assertIn("/dev/null", links)

    def test_what_does_not_end_is_ended(self):
        self.attach(f"sleep 1000 & echo $! > {self.said}; wait", 1)
        pid = int(self.lines()[0])
        harness.wait_for("its end", lambda: not harness.comm(pid).startswith("sleep"))


if __name__ == "__main__":
    harness.main()
