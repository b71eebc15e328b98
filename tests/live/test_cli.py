"""The verbs, their exit codes and messages, files and recordings."""
import json
import os
import pathlib
import resource
import shutil
import signal
import sqlite3
import subprocess
import time

import harness
from harness import MS, ROOT, loopstall

DONE, ERROR, USAGE, CANNOT_MEASURE = 0, 1, 2, 3
OWN_FAILURE, NOT_EXECUTABLE, NOT_FOUND = 125, 126, 127
SCHEMA = ROOT / "docs/report.schema.json"
VALIDATOR = ROOT / "tests/golden/validate_schema.py"


def unused_pid():
    gone = subprocess.Popen(["true"])
    gone.wait()
    return gone.pid


class CliTest(harness.LiveTest):
    def path(self, name):
        return pathlib.Path(self.directory) / name

    def server(self):
        return self.start(harness.c_server(self.directory, "epoll_server"))

    def assert_fails(self, code, outcome, *words, report=False):
        """The code; a message on stderr that names what is wrong; on stdout nothing, or a report of what was seen."""
        text = outcome.stderr.lower()
        self.assertEqual(code, outcome.code, outcome.stdout + outcome.stderr)
        if not report:
            self.assertEqual("", outcome.stdout)
        for word in words:
            self.assertIn(word.lower(), text)
        self.assertNotIn("libbpf:", text, "a person reads this")
        self.assertNotIn("terminate called", text)


class BadInput(CliTest):
    def test_no_such_pid(self):
        pid = unused_pid()
        self.assert_fails(CANNOT_MEASURE, loopstall("attach", pid, "-d", "1s"), str(pid))

    def test_kernel_thread(self):
        kernel_threads = [p for p in os.listdir("/proc") if p.isdigit() and pathlib.Path(f"/proc/{p}/comm").exists()
                          and pathlib.Path(f"/proc/{p}/comm").read_text().startswith("kthreadd")]
        self.require(kernel_threads, "no kernel thread is visible in this pid namespace")
        self.assert_fails(CANNOT_MEASURE, loopstall("attach", kernel_threads[0], "-d", "1s"), "kernel thread")

    def test_pid_that_exits_at_once(self):
        short = subprocess.Popen(["sleep", "0.1"])
        self.addCleanup(short.wait)
        self.assert_fails(CANNOT_MEASURE, loopstall("attach", short.pid, "-d", "5s"), report=True)

    def test_no_loop(self):
        quiet = subprocess.Popen(["sleep", "30"])
        self.addCleanup(quiet.wait)
        self.addCleanup(quiet.kill)
        self.assert_fails(CANNOT_MEASURE, loopstall("attach", quiet.pid, "-d", "1s"), "event loop", report=True)

    def test_port_nobody_listens_on(self):
        port = harness.free_port()
        self.assert_fails(CANNOT_MEASURE, loopstall("attach", f":{port}", "-d", "1s"), str(port))

    def test_no_such_name(self):
        self.assert_fails(CANNOT_MEASURE, loopstall("attach", "no-such-program", "-d", "1s"), "no-such-program")

    def test_port_that_is_none(self):
        for text in (":0", ":70000", ":http", ":"):
            with self.subTest(target=text):
                outcome = loopstall("attach", text, "-d", "1s")
                self.assertIn(outcome.code, (USAGE, CANNOT_MEASURE), outcome.stderr)
                self.assertIn(text, outcome.stderr)

    def test_threshold(self):
        for text in ("abc", "10", "-5ms", "", "10 parsecs", "0ms"):
            with self.subTest(threshold=text):
                outcome = loopstall("attach", "1", "--threshold", text, "-d", "1s")
                self.assert_fails(USAGE, outcome, "threshold")

    def test_duration(self):
        for text in ("abc", "5", "1e99s"):
            with self.subTest(duration=text):
                self.assert_fails(USAGE, loopstall("attach", "1", "-d", text))

    def test_no_target(self):
        self.assert_fails(USAGE, loopstall("attach"))

    def test_unknown_verb(self):
        self.assert_fails(USAGE, loopstall("frobnicate"), "frobnicate")

    def test_unknown_option(self):
        self.assert_fails(USAGE, loopstall("attach", "1", "--frobnicate"), "frobnicate")

    def test_unknown_format(self):
        self.assert_fails(USAGE, loopstall("attach", "1", "-f", "frobnicate"), "frobnicate")

    def test_unwritable_output_is_found_before_measuring(self):
        server = self.server()
        began = time.monotonic()
        for name in ("x.json", "x.loopstall"):
            with self.subTest(output=name):
                path = f"/no/such/directory/{name}"
                self.assert_fails(ERROR, loopstall("attach", server.pid, "-d", "20s", "-o", path), path)
        self.assertLess(time.monotonic() - began, harness.seconds(10))

    def test_output_with_unknown_ending(self):
        outcome = loopstall("attach", "1", "-d", "1s", "-o", self.path("x.frobnicate"))
        self.assert_fails(USAGE, outcome, "frobnicate")

    def test_output_that_is_somebody_elses_file(self):
        """An existing file that is no recording is not replaced."""
        mine = self.path("precious.loopstall")
        mine.write_text("my thesis")
        self.assert_fails(ERROR, loopstall("attach", self.server().pid, "-d", "1s", "-o", mine), str(mine))
        self.assertEqual("my thesis", mine.read_text())

    def test_recordings_that_are_none(self):
        text = self.path("text.loopstall")
        text.write_text("this is not a recording\n" * 100)
        empty = self.path("empty.loopstall")
        empty.touch()
        foreign = self.path("foreign.loopstall")
        with sqlite3.connect(foreign) as db:
            db.execute("create table t(x)")
        for path in (self.directory, text, empty, foreign, self.path("missing.loopstall")):
            with self.subTest(recording=path):
                self.assert_fails(ERROR, loopstall("report", path), str(path))


class Help(CliTest):
    def test_help(self):
        outcome = loopstall("--help")
        self.assertEqual(DONE, outcome.code)
        for verb in ("attach", "run", "report", "doctor"):
            self.assertIn(verb, outcome.stdout)
        self.assertLessEqual(max(map(len, outcome.stdout.splitlines())), 100)

    def test_help_of_each_verb(self):
        for verb in ("attach", "run", "report", "doctor"):
            with self.subTest(verb=verb):
                outcome = loopstall(verb, "--help")
                self.assertEqual((DONE, ""), (outcome.code, outcome.stderr))
                self.assertIn(verb, outcome.stdout)
        self.assertNotIn("trace-iterations", loopstall("attach", "--help").stdout, "that one is for the tests")

    def test_version(self):
        outcome = loopstall("--version")
        self.assertEqual(DONE, outcome.code)
        self.assertRegex(outcome.stdout, r"^loopstall \d+\.\d+\.\d+")

    def test_no_verb(self):
        self.assertEqual(USAGE, loopstall().code)


class Doctor(CliTest):
    def test_doctor(self):
        outcome = loopstall("doctor")
        self.assertEqual(DONE, outcome.code, outcome.stdout)
        for word in ("BTF", "tp_btf", "CAP_BPF", "lockdown", "tracefs"):
            self.assertIn(word.lower(), outcome.stdout.lower())

    def test_doctor_for_a_target(self):
        server = self.start(harness.python_server(self.directory))
        outcome = loopstall("doctor", server.pid)
        self.assertEqual(DONE, outcome.code, outcome.stdout)
        self.assertIn("CPython", outcome.stdout)
        self.assertIn("tier: stacks", outcome.stdout, "the tier that follows")
        self.assertIn("Python frames", outcome.stdout)
        self.assertRegex(outcome.stdout, "task steps +can be counted exactly")

    def test_doctor_json(self):
        outcome = loopstall("doctor", "--json")
        self.assertEqual(DONE, outcome.code)
        json.loads(outcome.stdout)

    def test_doctor_without_a_target(self):
        outcome = loopstall("doctor", unused_pid())
        self.assertNotEqual(DONE, outcome.code)


class Run(CliTest):
    def run_shell(self, script, *options):
        return loopstall("run", *options, "--", "sh", "-c", script)

    def test_exit_status_is_the_commands(self):
        for status in (0, 3, 42):
            with self.subTest(status=status):
                self.assertEqual(status, self.run_shell(f"exit {status}").code)

    def test_killed_by_a_signal(self):
        for name in ("TERM", "KILL", "SEGV"):
            with self.subTest(signal=name):
                self.assertEqual(128 + getattr(signal, "SIG" + name), self.run_shell(f"kill -{name} $$").code)

    def test_command_that_can_not_be_started(self):
        self.assertEqual(NOT_FOUND, loopstall("run", "--", "/no/such/command").code)
        self.assertEqual(NOT_FOUND, loopstall("run", "--", "no-such-command").code)
        plain = self.path("plain")
        plain.write_text("text")
        self.assertEqual(NOT_EXECUTABLE, loopstall("run", "--", plain).code)
        self.assertEqual(NOT_EXECUTABLE, loopstall("run", "--", self.directory).code)

    def test_own_failure(self):
        outcome = self.run_shell("echo started", "-o", "/no/such/directory/x.json")
        self.assertEqual(OWN_FAILURE, outcome.code, outcome.stderr)
        self.assertNotIn("started", outcome.stdout, "found before the command was started")

    def test_standard_streams_are_the_commands(self):
        done = subprocess.run([harness.BINARY, "run", "-q", "-o", self.path("x.json"), "--", "cat"], input=b"hello",
                              capture_output=True)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(b"hello", done.stdout)

    def test_measures_from_the_first_instruction(self):
        """Every iteration of a loop that exists for a moment only."""
        script = ("import asyncio, time\n"
                  "async def main():\n"
                  "    for _ in range(5):\n"
                  "        time.sleep(0.03)\n"
                  "        await asyncio.sleep(0.005)\n"
                  "asyncio.run(main())\n")
        report = self.path("x.json")
        outcome = loopstall("run", "-o", report, "--", harness.PYTHON, "-c", script)
        self.assertEqual(0, outcome.code, outcome.stderr)
        stalls = json.loads(report.read_text())["stalls"]
        # The first sleep comes before the loop's first wait has returned... or after it: 3.11 waits once before.
        self.assertIn(len(stalls), (4, 5))
        self.assertTrue(all(stall["busy_ns"] >= 30 * MS for stall in stalls))

    def test_server_under_run(self):
        log = self.path("truth.log")
        report = self.path("x.json")
        command = [harness.BINARY, "run", "-q", "-o", report, "--", harness.TARGETS / "epoll_server", log]
        server = self.start(harness.Server(command, self.directory, "run", log))
        client = harness.Client(server.port)
        for _ in range(3):
            client.block("sleep", 30 * MS)
            time.sleep(0.03)
        client.ask("quit")
        self.assertEqual(0, server.wait(10), server.stderr())
        verdict_input = json.loads(report.read_text())
        self.assertEqual(3, len(verdict_input["stalls"]))

    def test_passes_on_what_it_is_sent(self):
        script = "trap 'echo got >&2; exit 7' USR1; echo ready; while :; do sleep 0.1; done"
        process = subprocess.Popen([harness.BINARY, "run", "-q", "-o", self.path("x.json"), "--", "sh", "-c", script],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        self.assertEqual(b"ready\n", process.stdout.readline())
        process.send_signal(signal.SIGUSR1)
        _, talk = process.communicate(timeout=harness.seconds(10))
        self.assertEqual(7, process.returncode, talk)

    def test_few_files(self):
        """The soft limit is raised, and the command has the old one; a hard limit that is too low is said to be one."""
        def limited(hard):
            return loopstall("run", "-q", "--", "sh", "-c", "ulimit -n",
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (20, hard)))

        done = limited(1024)
        self.assertEqual((0, "20"), (done.code, done.stdout.strip()), done.stderr)
        refused = limited(20)
        self.assertEqual(OWN_FAILURE, refused.code)
        self.assertIn("only 20 files may be open at a time", refused.stderr)

    def test_ctrl_c_ends_the_command(self):
        """A terminal sends SIGINT to both; loopstall outlives the command and still reports."""
        report = self.path("x.json")
        process = subprocess.Popen([harness.BINARY, "run", "-o", report, "--", harness.TARGETS / "epoll_server",
                                    self.path("log")], start_new_session=True, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL)
        self.addCleanup(process.stdout.close)
        time.sleep(harness.seconds(1.5))
        os.killpg(process.pid, signal.SIGINT)
        self.assertEqual(128 + signal.SIGINT, process.wait(harness.seconds(10)))
        self.assertEqual("loopstall.report/1", json.loads(report.read_text())["schema"])


class Files(CliTest):
    def record(self, *options, stalls=2, server=None):
        """What was printed live."""
        server = server or self.server()
        attached = self.start(harness.Attached(self.directory, server.pid, *options, options=()))
        client = harness.Client(server.port)
        for n in range(stalls):
            client.block("sleep", (30 + 10 * n) * MS)
            time.sleep(0.05)
        outcome = attached.interrupt()
        self.assertEqual(DONE, outcome.code, outcome.stderr)
        return outcome

    def test_report_equals_what_was_printed_live(self):
        self.check_report_equals_live()

    def test_report_of_tasks_equals_what_was_printed_live(self):
        server = self.start(harness.python_server(self.directory))
        report = self.check_report_equals_live("--tasks", "on", server=server)
        self.assertTrue(report["tasks"])
        self.assertEqual(sum(task["steps"]["count"] for task in report["tasks"]),
                         sum(loop["tasks"]["steps"] for loop in report["loops"]))

    def check_report_equals_live(self, *options, server=None):
        recording, report = self.path("x.loopstall"), self.path("x.json")
        live = self.record("-o", recording, "-o", report, *options, server=server)
        again = [loopstall("report", recording) for _ in range(2)]
        self.assertEqual([DONE, DONE], [outcome.code for outcome in again], again[0].stderr)
        self.assertEqual(again[0].stdout, again[1].stdout)
        self.assertEqual(live.stdout, again[0].stdout)
        as_json = [loopstall("report", recording, "-f", "json").stdout for _ in range(2)]
        self.assertEqual(as_json[0], as_json[1])
        self.assertEqual(report.read_text(), as_json[0])
        written = self.path("again.json")
        self.assertEqual(DONE, loopstall("report", recording, "-o", written).code)
        self.assertEqual(as_json[0], written.read_text())
        return json.loads(as_json[0])

    def test_recording_is_private_and_alone(self):
        recording = self.path("x.loopstall")
        self.record("-o", recording)
        self.assertEqual(0o600, recording.stat().st_mode & 0o777)
        self.assertEqual([recording], list(pathlib.Path(self.directory).glob("x.loopstall*")))

    def test_read_only_recording(self):
        recording = self.path("x.loopstall")
        self.record("-o", recording)
        directory = self.path("readonly")
        directory.mkdir()
        shutil.copy(recording, directory)
        (directory / "x.loopstall").chmod(0o400)
        directory.chmod(0o500)
        self.assertEqual(DONE, loopstall("report", directory / "x.loopstall").code)

    def test_text_report_fits_a_terminal(self):
        live = self.record()
        self.assertLessEqual(max(map(len, live.stdout.splitlines())), 80)
        self.assertNotIn("\x1b", live.stdout, "no colours when stdout is no terminal")
        for word in ("p50", "p99", "stall"):
            self.assertIn(word, live.stdout)

    def test_quiet(self):
        live = self.record("-q", "-o", self.path("x.json"))
        self.assertEqual("", live.stderr)

    def test_json_follows_its_schema(self):
        self.require(harness.has_module("jsonschema"), f"{harness.PYTHON} has no jsonschema")
        report = self.path("x.json")
        self.record("-o", report)
        done = subprocess.run([harness.PYTHON, "-B", VALIDATOR, SCHEMA, report], capture_output=True, text=True)
        self.assertEqual(0, done.returncode, done.stderr)

    def test_json_says_what_it_measured(self):
        report = self.path("x.json")
        server = self.server()
        began = time.time_ns()
        self.record("-o", report, server=server, stalls=3)
        data = json.loads(report.read_text())
        self.assertEqual("loopstall.report/1", data["schema"])
        session = data["session"]
        self.assertEqual(harness.THRESHOLD, session["threshold_ns"])
        self.assertEqual(os.uname().release, session["kernel"])
        self.assertLess(abs(session["start_ns"] - began), harness.seconds(5) * 1e9)
        loop = [entry for entry in data["loops"] if entry["pid"] == server.pid][0]
        self.assertEqual(("epoll_wait", "epoll_server", 3), (loop["wait"], loop["comm"], loop["stalls"]))
        self.assertEqual(loop["iterations"], loop["busy"]["count"])
        self.assertGreater(data["cost"]["bpf_hits"], 0)
        self.assertGreater(data["cost"]["bpf_run_ns"], 0)
        self.assertGreater(data["cost"]["collector_cpu_ns"], 0)
        lost = {kind: n for kind, n in data["lost"].items() if kind != "frames_unnamed"}  # libc's, without its symbols
        self.assertEqual({0}, set(lost.values()), lost)

    def test_threshold_option(self):
        server = self.server()
        attached = self.start(harness.Attached(self.directory, server.pid, "--threshold", "35ms"))
        client = harness.Client(server.port)
        for length in (15, 50, 80):
            client.block("sleep", length * MS)
            time.sleep(0.03)
        report = attached.interrupt().report
        self.assertEqual(35 * MS, report["session"]["threshold_ns"])
        self.assertEqual([50, 80], sorted(stall["busy_ns"] // MS // 10 * 10 for stall in report["stalls"]))

    def test_duration_option(self):
        server = self.server()
        report = loopstall("attach", server.pid, "-d", "1s", "--json").report
        self.assertLess(abs(report["session"]["duration_ns"] - 1e9), 0.3e9 * harness.TIME_SCALE)

    def test_killed_recording_still_opens(self):
        """SIGKILL loses at most the last two seconds, also for a copy without side files."""
        server, recording = self.server(), self.path("x.loopstall")
        attached = self.start(harness.Attached(self.directory, server.pid, "-o", recording))
        client = harness.Client(server.port)
        client.block("sleep", 40 * MS)
        began = time.monotonic()
        while time.monotonic() - began < 4:
            client.ask("ping")
            time.sleep(0.02)
        attached.popen.kill()
        attached.popen.wait()
        copy = self.path("copy.loopstall")
        shutil.copy(recording, copy)
        copy.chmod(0o400)
        for path in (copy, recording):
            with self.subTest(recording=path.name):
                outcome = loopstall("report", path, "--json")
                self.assertEqual(DONE, outcome.code, outcome.stderr)
                self.assertGreater(outcome.report["session"]["duration_ns"], 2e9)
                self.assertEqual(1, len(outcome.stalls(server.pid)))

    def test_damaged_recordings(self):
        recording = self.path("x.loopstall")
        self.record("-o", recording)
        data = recording.read_bytes()
        cut = self.path("cut.loopstall")
        cut.write_bytes(data[:len(data) // 2])
        self.assert_fails(ERROR, loopstall("report", cut), str(cut))
        newer = self.path("newer.loopstall")
        newer.write_bytes(data)
        with sqlite3.connect(newer) as db:
            version = db.execute("pragma user_version").fetchone()[0]
            db.execute(f"pragma user_version = {version + 1000}")
        db.close()
        outcome = loopstall("report", newer)
        self.assertEqual(ERROR, outcome.code, outcome.stdout)
        self.assertIn("newer", outcome.stderr)


if __name__ == "__main__":
    harness.main()
