"""loopstall top, in a terminal of its own: what it shows is what the report says, and it leaves the terminal as it was."""
import fcntl
import json
import os
import pathlib
import re
import signal
import struct
import subprocess
import termios
import threading
import time

import harness
from harness import MS

CUT_OFF = 16  # so much of a name is shown where there are many columns

_TOKEN = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])|\x1b.|([^\x1b])", re.DOTALL)


class Screen:
    """As much of a terminal as top needs: it says what it does not know."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.other = False  # the alternate screen
        self.cursor_shown = True
        self.wraps = True
        self.printed = ""   # on the normal screen
        self.colours = 0
        self.unknown = []
        self.beyond = []    # characters outside of the screen
        self.clear()

    def clear(self):
        self.cells = [[" "] * self.columns for _ in range(self.rows)]
        self.row = self.column = 0

    def feed(self, text):
        for match in _TOKEN.finditer(text):
            parameters, command, character = match.groups()
            if command:
                self._command(parameters, command)
            elif character is None:
                self.unknown.append(match.group())
            elif not self.other:
                self.printed += character
            else:
                self._put(character)

    def _put(self, character):
        if not character.isprintable():
            self.unknown.append(character)
        elif self.column >= self.columns or self.row >= self.rows:
            self.beyond.append(character)
        else:
            self.cells[self.row][self.column] = character
            self.column += 1

    def _command(self, parameters, command):
        if command == "H":
            self.row, self.column = (int(n) - 1 for n in parameters.split(";"))
        elif command == "K" and self.row < self.rows:
            self.cells[self.row][self.column:] = [" "] * (self.columns - self.column)
        elif command == "J":
            self.clear()
        elif command in "hl" and parameters == "?1049":
            self.other = command == "h"
        elif command in "hl" and parameters == "?25":
            self.cursor_shown = command == "h"
        elif command in "hl" and parameters == "?7":
            self.wraps = command == "h"
        elif command == "m":
            self.colours += 1
        elif command != "K":
            self.unknown.append(command)

    def text(self):
        return "\n".join("".join(row).rstrip() for row in self.cells)


class Top:
    """loopstall top with a terminal as its standard input, output and error."""

    def __init__(self, *arguments, columns=80, rows=24, env=None):
        self.master, self.slave = harness.open_terminal()
        self.lock = threading.Lock()
        self.screen = Screen(columns, rows)
        self._set_size(columns, rows)
        self.before = termios.tcgetattr(self.slave)
        argv = [str(harness.BINARY), "top", *map(str, arguments)]
        self.popen = subprocess.Popen(argv, stdin=self.slave, stdout=self.slave, stderr=self.slave,
                                      env={**os.environ, "TERM": "xterm", "NO_COLOR": "", **(env or {})},
                                      preexec_fn=self._own_terminal)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _own_terminal(self):
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def _set_size(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _read(self):
        pending = b""
        while True:
            try:
                pending += os.read(self.master, 65536)
            except OSError:
                return
            # A character or a sequence in two halves waits for its second one.
            end = max(pending.rfind(b"\x1b"), 0) if re.search(rb"\x1b[\[?\d;]*$", pending) else len(pending)
            text = pending[:end].decode(errors="ignore") if self._whole(pending[:end]) else None
            if text is not None:
                with self.lock:
                    self.screen.feed(text)
                pending = pending[end:]

    @staticmethod
    def _whole(data):
        try:
            data.decode()
            return True
        except UnicodeDecodeError:
            return False

    def text(self):
        with self.lock:
            return self.screen.text()

    def printed(self):
        with self.lock:
            return self.screen.printed

    def press(self, keys):
        os.write(self.master, keys.encode())

    def resize(self, columns, rows):
        with self.lock:
            self.screen.columns, self.screen.rows = columns, rows
            self.screen.clear()
        self._set_size(columns, rows)

    def wait(self, limit=20):
        code = self.popen.wait(harness.seconds(limit))
        time.sleep(0.2)
        return code

    def stop(self):
        if self.slave < 0:
            return
        if self.popen.poll() is None:
            self.popen.kill()
            self.popen.wait()
        for fd in (self.slave, self.master):
            os.close(fd)
        self.slave = -1


class TopTest(harness.LiveTest):
    def setUp(self):
        super().setUp()
        self.server = self.start(harness.python_server(self.directory))
        self.client = harness.Client(self.server.port)

    def top(self, *arguments, **options):
        top = Top(self.server.pid, *arguments, **options)
        self.addCleanup(top.stop)
        self.see(top, "1 loop", limit=30)
        return top

    def see(self, top, pattern, limit=10):
        try:
            return harness.wait_for(pattern, lambda: re.search(pattern, top.text()), limit)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{top.text()}\n{top.printed()}") from None

    def show(self, top, table):
        """Until a table is chosen it is the tasks' as soon as there are any."""
        def shown():
            top.press("c")
            time.sleep(harness.seconds(0.5))
            return re.search(rf"━ \d+ {table}s? ━", top.text())
        harness.wait_for(f"the table of {table}s", shown)

    def check_restored(self, top):
        self.assertFalse(top.screen.other)
        self.assertTrue(top.screen.cursor_shown)
        self.assertTrue(top.screen.wraps)
        self.assertEqual(top.before, termios.tcgetattr(top.slave))
        self.assertEqual([], top.screen.unknown)
        self.assertEqual([], top.screen.beyond)

    def block(self, times, ns=40 * MS):
        for _ in range(times):
            self.client.block("sleep", ns)

    def test_keys_and_the_end(self):
        top = self.top()
        self.block(3)
        self.show(top, "culprit")
        self.see(top, r"_sleep truth.py:\d+ +sleep +3 ")
        top.press("?")
        self.see(top, "quit\n.*culprits of stalls")
        top.press("x")
        self.see(top, "1 culprit")
        top.press("m")
        self.see(top, "▼max")
        top.press("i")
        self.see(top, "the last second")
        self.see(top, "no stall of 10 ms or more")
        self.show(top, "task")
        top.press("\x1b[B\x1b[A\x1b[6~\x1a\x1c")  # arrows, a page; Ctrl-Z and Ctrl-\ do nothing
        top.press("q")
        self.assertEqual(0, top.wait())
        self.check_restored(top)
        self.assertRegex(top.printed().strip(), r"^loopstall: watched .* for .* saves what was seen$")

    def test_a_stall_that_is_going_on(self):
        top = self.top()
        blocker = threading.Thread(target=self.block, args=(1, 2000 * MS))
        blocker.start()
        self.see(top, r"● stalled [\d.]+ (ms|s) in _sleep truth.py:\d+ \(asleep in clock_nanosleep\)")
        blocker.join()
        self.see(top, "● no stall is going on")

    def test_numbers_are_the_reports(self):
        """What was counted a while ago stands on the screen; then nothing more comes, so that the report has the same."""
        report = pathlib.Path(self.directory) / "x.json"
        top = self.top("-o", report, columns=200, rows=50)
        for ns in (12, 30, 55, 80):
            self.block(5, ns * MS)
        self.see(top, rf"{self.server.pid} python3.* 20\n")
        time.sleep(harness.seconds(2.5))
        self.show(top, "culprit")
        culprits = top.text()
        self.show(top, "task")
        tasks = top.text()
        top.press("q")
        self.assertEqual(0, top.wait())
        told = json.loads(report.read_text())
        self.check_loop(told["loops"][0], re.search(rf"{self.server.pid} python3.*", tasks).group())
        self.check_culprits(told["culprits"], culprits)
        self.check_tasks(told["tasks"], tasks)

    def check_loop(self, loop, line):
        self.check_cells([*(duration(loop["busy"][name]) for name in ("p50_ns", "p99_ns", "max_ns")), loop["stalls"]], line)

    def check_culprits(self, culprits, text):
        named = [c for c in culprits if c["culprit"]]
        self.assertTrue(named)
        for c in named:
            line = re.search(rf"  {c['culprit']['name']} .*", text.replace("▸", " ")).group()
            self.check_cells([c["stalls"], *(duration(c[name]) for name in ("total_ns", "p50_ns", "p99_ns", "max_ns"))], line)

    def check_tasks(self, tasks, text):
        """None where this Python's steps can not be counted."""
        lines = text.replace("▸", " ").split("\n")
        for task in tasks:
            name = (task["handler"] or task)["name"]
            cells = [f"{task['steps']['count']:,}",
                     *(duration(task["steps"][key]) for key in ("sum_ns", "p50_ns", "p99_ns", "max_ns"))]
            rows = [line for line in lines if line.startswith("  " + name[:CUT_OFF])]
            self.assertTrue(any(re.search(self.pattern(cells), row) for row in rows), (cells, rows))

    def check_cells(self, cells, line):
        """They stand there in this order, with others between them."""
        self.assertRegex(line, self.pattern(cells))

    @staticmethod
    def pattern(cells):
        return " .*".join(f" {re.escape(str(cell))}" for cell in cells)

    def test_resize(self):
        top = self.top()
        for columns, rows in ((120, 40), (40, 10), (200, 50), (20, 4)):
            top.resize(columns, rows)
            harness.wait_for(f"a picture of {columns}x{rows}", lambda: self.fills(top), 5)
            top.screen.beyond.clear()  # sent before it knew
        top.press("q")
        self.assertEqual(0, top.wait())
        self.check_restored(top)

    def fills(self, top):
        lines = top.text().split("\n")
        return len(lines[0]) == top.screen.columns and lines[-1].startswith("q quit")

    def test_signals_leave_the_terminal_as_it_was(self):
        for number, code in ((signal.SIGINT, 0), (signal.SIGTERM, 0), (signal.SIGHUP, 0), (signal.SIGQUIT, -signal.SIGQUIT),
                             (signal.SIGABRT, -signal.SIGABRT)):
            top = self.top()
            top.popen.send_signal(number)
            self.assertEqual(code, top.wait(), number)
            self.check_restored(top)

    def test_ctrl_c_and_the_end_of_the_time(self):
        top = self.top()
        top.press("\x03")
        self.assertEqual(0, top.wait())
        self.check_restored(top)
        top = self.top("-d", "2s", "-q")
        self.assertEqual(0, top.wait())
        self.check_restored(top)
        self.assertEqual("", top.printed())

    def test_the_target_dies(self):
        top = self.top()
        self.server.popen.send_signal(signal.SIGSEGV)
        self.assertEqual(0, top.wait())
        self.check_restored(top)
        self.assertIn("loopstall: the target ended; watched", top.printed())

    def test_a_report_when_it_is_asked_for(self):
        top = self.top("--json")
        top.press("q")
        self.assertEqual(0, top.wait())
        self.check_restored(top)
        self.assertIn('"schema": "loopstall.report/', top.printed())

    def test_colour(self):
        top = self.top()
        self.assertGreater(top.screen.colours, 0)
        top.stop()
        plain = self.top(env={"NO_COLOR": "1"})
        self.assertEqual(0, plain.screen.colours)

    def test_without_a_terminal(self):
        for env in ({"TERM": "dumb"}, {"TERM": ""}):
            top = Top(self.server.pid, env=env)
            self.addCleanup(top.stop)
            self.assertEqual(2, top.wait())
            self.assertIn("loopstall attach", top.printed())
            self.assertEqual(top.before, termios.tcgetattr(top.slave))
        outcome = harness.loopstall("top", self.server.pid)
        self.assertEqual(2, outcome.code)
        self.assertIn("loopstall attach", outcome.stderr)
        self.assertEqual("", outcome.stdout)


def duration(ns):
    """base/units.h's format_duration, below a minute."""
    for unit, size in (("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000)):
        value = ns / size
        if unit == "ns" and ns < 1000:
            return f"{ns} ns"
        for decimals, limit in ((2, 9.995), (1, 99.95), (0, 999.5 if unit != "s" else 59.5)):
            if unit != "ns" and value < limit:
                return f"{value:.{decimals}f} {unit}"
    raise AssertionError(f"too long: {ns}")


if __name__ == "__main__":
    harness.main()
