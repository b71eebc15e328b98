"""`loopstall check`: every exit code, the child's status kept, and nothing left over, whatever fails."""
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import yaml

import harness
from checks import CheckTest, Marked, verdicts
from harness import BINARY, PYTHON, free_port, running, seconds

# A loop that waits and computes: "app.py MS TIMES [STATUS]".
APP = """
import asyncio, sys, time

def work(ms):
    end = time.thread_time_ns() + ms * 1_000_000
    while time.thread_time_ns() < end:
        pass

async def main(ms, times):
    for _ in range(times):
        await asyncio.sleep(0.005)
        work(ms)

asyncio.run(main(float(sys.argv[1]), int(sys.argv[2])))
sys.exit(int(sys.argv[3]) if len(sys.argv) > 3 else 0)
"""

# A server that listens on a port after a while, and may crash: "server.py PORT DELAY [CRASH_AFTER]".
SERVER = """
import asyncio, os, signal, sys, time

async def answer(reader, writer):
    while await reader.readline():
        writer.write(b"ok\\n")
    writer.close()

async def main(port, delay, crash):
    os.spawnlp(os.P_NOWAIT, "setsid", "setsid", "sleep", "1000")  # a child that leaves the group
    await asyncio.sleep(delay)
    server = await asyncio.start_server(answer, "127.0.0.1", port)
    if crash:
        await asyncio.sleep(crash)
        os.kill(os.getpid(), signal.SIGSEGV)
    await server.serve_forever()

asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]) if len(sys.argv) > 3 else 0))
"""

# "load.py PORT SECONDS [STATUS]"
LOAD = """
import socket, sys, time
peer = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
end = time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
    peer.sendall(b"ping\\n")
    if not peer.recv(10):
        sys.exit("the server went away")
    time.sleep(0.002)
sys.exit(int(sys.argv[3]) if len(sys.argv) > 3 else 0)
"""

PYTEST = """
import asyncio, time

def test_quick():
    async def quick():
        for _ in range(200):
            await asyncio.sleep(0.01)
    asyncio.run(quick())

def test_blocks():
    async def blocks():
        for _ in range(3):
            await asyncio.sleep(0.001)
        time.sleep(0.03)
        await asyncio.sleep(0.001)
    asyncio.run(blocks())

def test_fails():
    assert not FAILS
"""


class Commands(CheckTest):
    """-- COMMAND, from its first instruction."""

    def setUp(self):
        super().setUp()
        self.app = self.write("app.py", APP)

    def test_pass(self):
        outcome = self.check("--json", "--max", "stall.count == 0", "--", PYTHON, self.app, 1, 200)
        self.assertEqual(0, outcome.code, outcome.stderr)
        self.assertEqual("pass", outcome.report["verdict"])
        self.assertEqual(0, outcome.report["command"]["status"])

    def test_broken(self):
        junit, page, baseline = (f"{self.directory}/{name}" for name in ("j.xml", "m.md", "b.json"))
        outcome = self.check("--max", "stall.count == 0", "--junit", junit, "--markdown", page, "--save-baseline", baseline,
                             "-o", "run.loopstall", "--", PYTHON, self.app, 15, 60)
        self.assertEqual(4, outcome.code, outcome.stdout + outcome.stderr)
        self.assertIn("FAIL", outcome.stdout)
        self.assertIn("work app.py:", outcome.stdout)
        again = self.check("--json", "run.loopstall")
        self.assertEqual(4, again.code)
        self.assertIn("work", [c["culprit"]["name"] for c in again.report["culprits"]])
        with open(page) as file:
            self.assertIn("### loopstall check fail", file.read())
        second = self.check("run.loopstall", "--save-baseline", "again.json")
        self.assertEqual(0, second.code)
        with open(baseline) as one, open(f"{self.directory}/again.json") as two:
            self.assertEqual(one.read(), two.read(), "the same recording gives the same baseline")

    def test_inconclusive(self):
        rule = ["--max", "task(name=nobody).hold.p99 < 1ms"]
        command = ["--", PYTHON, self.app, 1, 60]
        self.assertEqual(5, self.check(*rule, "-o", "r.loopstall", *command).code)
        self.assertEqual(0, self.check(*rule, "--inconclusive", "pass", "r.loopstall").code)
        self.assertEqual(4, self.check(*rule, "--inconclusive", "fail", "r.loopstall").code)

    def test_the_commands_status_is_kept(self):
        outcome = self.check("--json", "--", PYTHON, self.app, 1, 60, 7)
        self.assertEqual(7, outcome.code, outcome.stderr)
        self.assertEqual(7, outcome.report["command"]["status"])
        self.assertEqual(7, outcome.report["exit_code"])
        self.assertEqual("fail", outcome.report["verdict"])
        ignored = self.check("--json", "--ignore-status", "--", PYTHON, self.app, 1, 60, 7)
        self.assertEqual(0, ignored.code)
        self.assertEqual(7, ignored.report["command"]["status"])

    def test_a_command_that_was_killed(self):
        outcome = self.check("--json", "--", "sh", "-c", f"{PYTHON} {self.app} 1 60; kill -TERM $$")
        self.assertEqual(128 + signal.SIGTERM, outcome.code)
        self.assertEqual(128 + signal.SIGTERM, outcome.report["command"]["status"])

    def test_a_command_that_can_not_be_run(self):
        self.assertEqual(127, self.check("--", "/nonexistent/command").code)
        self.assertEqual(126, self.check("--", "/dev/null").code)

    def test_wrong_usage(self):
        budget = self.write("b.toml", "error = [\"bussy.p99 < 5ms\"]\n")
        for arguments in ([], ["--budget", budget, "1"], ["--max", "busy < 5ms", "1"], ["x.loopstall", "-d", "1s"],
                          ["--ready", ":x", "--", "true"], ["--runs", "0", "--", "true"]):
            outcome = self.check(*arguments)
            self.assertEqual(2, outcome.code, arguments)
        self.assertIn("b.toml:1:11: no value \"bussy\"", self.check("--budget", budget, "1").stderr)

    def test_errors(self):
        self.assertEqual(1, self.check("nothing.loopstall").code)
        self.assertEqual(1, self.check("--budget", "nothing.toml", "1").code)
        self.assertEqual(1, self.check("--junit", "/nonexistent/x.xml", "--", "true").code)
        broken = self.write("b.json", "{}")
        self.assertEqual(1, self.check("--baseline", broken, "--", "true").code)

    def test_no_loop(self):
        outcome = self.check("--", "true")
        self.assertEqual(3, outcome.code)
        self.assertIn("no event loop", outcome.stderr)

    def test_annotations_in_actions(self):
        env = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": self.directory}
        outcome = self.check("--max", "stall.count == 0", "--", PYTHON, self.app, 15, 60, env=env)
        self.assertEqual(4, outcome.code)
        self.assertIn("::error file=app.py,line=", outcome.stdout)

    def test_pytest(self):
        self.require(harness.has_module("pytest"), f"{PYTHON} has no pytest")
        test = self.write("test_shop.py", PYTEST.replace("FAILS", "False"))
        outcome = self.check("--json", "--", PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", test)
        self.assertEqual(4, outcome.code, outcome.stderr)
        self.assertEqual(1, len(outcome.report["loops"]), "both loops ran on one thread")
        self.assertEqual(0, outcome.report["command"]["status"])
        self.assertIn("blocks", str(outcome.report["culprits"]))
        test = self.write("test_shop.py", PYTEST.replace("FAILS", "True"))
        outcome = self.check("--json", "--", PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", test)
        self.assertEqual(1, outcome.code, outcome.stderr)
        self.assertEqual(1, outcome.report["command"]["status"])


class Servers(CheckTest):
    """With --load and --ready."""

    def setUp(self):
        super().setUp()
        self.server = self.write("server.py", SERVER)
        self.load = self.write("load.py", LOAD)
        self.port = free_port()

    def serve(self, *options, delay=0.2, crash=0, load=2.0, status=0, port=None):
        load = f"exec {PYTHON} {self.load} {self.port} {load} {status}"
        return self.check("--json", "--load", load, *options, "--", PYTHON, self.server, port or self.port, delay, crash)

    def test_pass(self):
        outcome = self.serve("--ready", f":{self.port}", "--warmup", "500ms")
        self.assertEqual(0, outcome.code, outcome.stderr)
        self.assertGreater(outcome.report["iterations"], 100)
        self.assertEqual(0, outcome.report["load"]["status"])
        self.assertIsNone(outcome.report["command"]["status"])

    def test_ready_after_a_while(self):
        outcome = self.serve("--ready", "1", delay=0)
        self.assertEqual(0, outcome.code, outcome.stderr)

    def test_runs_and_any_port(self):
        outcome = self.serve("--runs", "2", "-d", "1s", load=30)
        self.assertEqual(0, outcome.code, outcome.stderr)
        self.assertEqual(2, outcome.report["runs"])
        self.assertIsNone(outcome.report["load"]["status"])

    def test_never_ready(self):
        outcome = self.serve("--ready", f":{self.port}", "--ready-within", "1s", delay=1000)
        self.assertEqual(3, outcome.code)
        self.assertIn(f"did not listen on port {self.port} within 1", outcome.stderr)

    def test_ends_before_it_is_ready(self):
        outcome = self.check("--ready", ":1", "--", "sh", "-c", "exit 9")
        self.assertEqual(9, outcome.code)
        self.assertIn("the command exited with status 9 before anything was measured", outcome.stderr)
        self.assertEqual(3, self.check("--ready", ":1", "--", "true").code)

    def test_the_port_is_taken(self):
        with socket.create_server(("127.0.0.1", self.port)):
            outcome = self.serve("--ready", f":{self.port}")
        self.assertEqual(3, outcome.code)
        self.assertIn(f"port {self.port} is taken already, by ", outcome.stderr)

    def test_the_load_fails(self):
        outcome = self.serve("--ready", f":{self.port}", load=0.5, status=6)
        self.assertEqual(3, outcome.code)
        self.assertIn("the load exited with status 6", outcome.stderr)

    def test_the_load_never_starts(self):
        outcome = self.check("--ready", f":{self.port}", "--load", "/nonexistent/wrk", "--", PYTHON, self.server, self.port, 0)
        self.assertEqual(3, outcome.code)
        self.assertIn("which did not find it", outcome.stderr)

    def test_the_server_crashes(self):
        outcome = self.serve("--ready", f":{self.port}", crash=2.5, load=20)
        self.assertEqual(128 + signal.SIGSEGV, outcome.code, outcome.stderr)
        self.assertEqual(128 + signal.SIGSEGV, outcome.report["command"]["status"])
        self.assertEqual("fail", verdicts(outcome.report)["the command succeeds"])
        self.assertIn("was killed by SIGSEGV", outcome.stdout)

    def test_interrupted(self):
        mark = Marked()
        load = f"exec {PYTHON} {self.load} {self.port} 60"
        argv = [BINARY, "check", "--load", load, "--ready", f":{self.port}", "--", PYTHON, self.server, self.port, 0]
        with open(f"{self.directory}/err", "w") as err:
            child = subprocess.Popen([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=err, stderr=err,
                                     env={**os.environ, **mark.environment})
            harness.wait_for("the measurement", lambda: "measuring" in open(err.name).read() or child.poll(), 30)
            time.sleep(0.5)
            child.send_signal(signal.SIGINT)
            self.assertEqual(128 + signal.SIGINT, child.wait(seconds(30)))
        self.assertEqual([], mark.alive())

    def test_a_target_is_never_signalled(self):
        with running(harness.Process([PYTHON, self.server, self.port, 0], self.directory, "server")) as server:
            harness.wait_for("the server", lambda: subprocess.run(
                [PYTHON, "-c", f"import socket; socket.create_connection(('127.0.0.1', {self.port}))"],
                capture_output=True).returncode == 0)
            load = f"exec {PYTHON} {self.load} {self.port} 2"
            outcome = self.check("--json", "--load", load, f":{self.port}")
            self.assertEqual(0, outcome.code, outcome.stderr)
            self.assertTrue(server.running())
            outcome = self.check("--json", "-d", "1s", "--runs", "2", server.pid)
            self.assertEqual(2, outcome.report["runs"])
            outcome = self.check("--load", f"exec {PYTHON} {self.load} {self.port} 1 5", server.pid)
            self.assertEqual(3, outcome.code)
            self.assertTrue(server.running())
            for child in harness.children(server.pid):
                os.kill(child, signal.SIGKILL)


class Action(CheckTest):
    """The steps of scripts/action.yml, as GitHub's runner makes them."""

    def run_steps(self, arguments):
        action = yaml.safe_load((harness.ROOT / "scripts/action.yml").read_text())
        inputs = {name: given.get("default", "") for name, given in action["inputs"].items()} | {"arguments": arguments}
        github = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": self.directory, "GITHUB_STEP_SUMMARY": f"{self.directory}/sum",
                  "GITHUB_ACTION_PATH": str(harness.ROOT / "scripts"), "LOOPSTALL_BIN": str(BINARY)}
        for step in action["runs"]["steps"]:
            env = {name: re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda match: inputs[match[1]], value)
                   for name, value in step["env"].items()}
            done = subprocess.run([step["shell"], "-eo", "pipefail", "-c", step["run"]], env={**os.environ, **github, **env},
                                  cwd=self.directory, capture_output=True, text=True, timeout=seconds(90))
            if done.returncode != 0:
                break
        return done

    def test_action(self):
        app = self.write("app.py", APP)
        done = self.run_steps(f"--max 'stall.count == 0' -- {PYTHON} {app} 15 60")
        self.assertEqual(4, done.returncode, done.stderr)
        self.assertIn("::error file=app.py,line=", done.stdout)
        results = pathlib.Path(self.directory) / "loopstall-results"
        self.assertEqual({"junit.xml", "summary.md", "run.loopstall", "report.html"}, set(os.listdir(results)))
        self.assertIn("❌ fail", pathlib.Path(f"{self.directory}/sum").read_text())
        self.assertEqual(0, self.run_steps(f"--max 'stall.max < 1s' {results}/run.loopstall").returncode)


if __name__ == "__main__":
    harness.main()
