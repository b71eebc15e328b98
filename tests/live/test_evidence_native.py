"""C and C++ servers built without frame pointers: what blocked is in the stack, which is unwound to main."""
import dataclasses
import os
import pathlib
import shutil
import socket
import time
import urllib.error
import urllib.request

import evidence
import harness
from harness import FULL, MS

EACH = 16 if FULL else 4  # the worst 100 stalls of a session keep their stacks
PAUSE = 0.02
COMPLETE = 0.95  # of the stacks
LATE = 0.15      # of the first looks, which a hypervisor may delay


@dataclasses.dataclass
class Act:
    """Something that blocks: name, what starts it, and what must be said of its stall."""
    name: str
    run: callable
    functions: tuple  # one of them is in the stack
    kinds: tuple      # the main cause
    rule: str


class NativeTest(harness.LiveTest):
    def perform(self, pid, acts):
        """[(act, the stalls within it)] of each act, EACH times."""
        spans = []
        evidence.favour(pid)
        with harness.measuring(self.directory, pid) as session:
            for act in acts * EACH:
                began = time.monotonic_ns()
                act.run()
                spans.append((act, (began, time.monotonic_ns())))
                time.sleep(PAUSE)
        self.assertEqual(0, session.result.code, session.result.stderr)
        stalls, offset = session.result.stalls(pid), harness.realtime_offset()
        self.judge_completeness(stalls)
        return [(act, [s for s in stalls if harness.overlap(harness.interval(s, offset), span) * 2 > s["busy_ns"]])
                for act, span in spans]

    def judge_completeness(self, stalls):
        looks = [sample for stall in stalls for sample in stall["samples"] if sample["stack"]]
        complete = [look for look in looks if look["complete"]]
        self.assertGreater(len(looks), 0)
        print(self.id(), f"{len(complete)} of {len(looks)} stacks complete", flush=True)
        self.assertGreaterEqual(len(complete), COMPLETE * len(looks), "complete stacks")
        for stall in stalls:
            self.assertEqual([], evidence.off_sums(stall))

    def judge(self, pid, acts):
        for act, stalls in self.perform(pid, acts):
            with self.subTest(act=act.name):
                self.assertEqual(1, len(stalls), [evidence.describe(s) for s in stalls])
                self.judge_stall(act, stalls[0])

    def judge_stall(self, act, stall):
        text = evidence.describe(stall)
        functions = [frame["function"] for frame in stall["frames"]]
        self.assertTrue(any(f.startswith(name) for name in act.functions for f in functions), f"{text}\n{functions}")
        self.assertIn(evidence.own_cause(stall)["kind"], act.kinds, text)
        self.judge_outer_end(functions, text)
        self.assertIsNotNone(stall["culprit"], text)
        self.assertEqual(act.rule, stall["advice"] and stall["advice"]["rule"], f"{text}\n{functions}")

    def judge_outer_end(self, functions, text):
        self.assertIn("main", functions, text)


class LineServers(NativeTest):
    """Servers that log their own blocks (truth.h): block_KIND is the culprit, or where there is debug information what
    was inlined into it; and the handler is known."""
    INLINED = {"spin": ("clock_now", "wall_now"), "mixed": ("clock_now", "wall_now", "block_spin", "spin_in_kernel")}
    KINDS = {"sleep": ("timer",), "spin": ("cpu",), "mixed": ("cpu",), "poll": ("wait", "pipe"),
             "select": ("wait", "pipe"), "epoll": ("wait", "pipe")}

    def check(self, name, handler):
        self.require((harness.TARGETS / name).exists(), f"{name} was not built: its library is missing")
        server = self.start(harness.c_server(self.directory, name))
        client = harness.Client(server.port)
        acts = [Act(kind, lambda kind=kind: client.block(kind, 40 * MS), (f"block_{kind}",), causes, None)
                for kind, causes in self.KINDS.items()]
        for act, stalls in self.perform(server.pid, acts):
            with self.subTest(act=act.name):
                self.assertEqual(1, len(stalls), [evidence.describe(s) for s in stalls])
                self.judge_line_server(act, stalls[0], handler)

    def judge_line_server(self, act, stall, handler):
        text = evidence.describe(stall)
        functions = [frame["function"] for frame in stall["frames"]]
        self.assertIn("main", functions, text)
        self.assertIn(evidence.own_cause(stall)["kind"], act.kinds, text)
        culprit = stall["culprit"]
        self.assertIsNotNone(culprit, text)
        names = [function.partition("(")[0] for function in functions]
        self.assertIn(act.functions[0], names, text)
        self.assertIn(culprit["frame"]["name"].partition("(")[0], act.functions + self.INLINED.get(act.name, ()),
                      f"{text}\n{functions}")
        self.assertIn(handler, culprit["handler"]["name"], f"{text}\n{functions}")

    def test_epoll(self):
        self.check("epoll_server", "")  # its loop, handlers inlined, is main

    def test_looks_begin_in_time(self):
        """Before an iteration is 4 ms old, whenever in it the clock sample came first."""
        server = self.start(harness.c_server(self.directory, "epoll_server"))
        client = harness.Client(server.port)
        acts = [Act("spin", lambda: client.block("spin", 12 * MS), (), (), None)] * 15
        firsts = [min(look["offset_ns"] for look in stall["samples"] if look["offset_ns"]) - stall["start_offset_ns"]
                  for _, stalls in self.perform(server.pid, acts) for stall in stalls if stall["samples"]]
        late = [first / MS for first in firsts if first > 4.5 * MS]
        print(self.id(), f"{len(late)} of {len(firsts)} late", flush=True)
        self.assertGreater(len(firsts), 0)
        self.assertLessEqual(len(late), LATE * len(firsts), late)

    def test_libevent(self):
        self.check("libevent_server", "on_lines")

    def test_asio(self):
        self.check("asio_server", "Session::on_line")


class Redis(NativeTest):
    KEYS = 500_000

    def setUp(self):
        super().setUp()
        self.require(shutil.which("redis-server"), "no redis-server here")
        port = harness.free_port()
        argv = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", self.directory, "--save", "",
                "--enable-debug-command", "yes"]
        self.server = self.start(harness.Process(argv, self.directory, "redis", cpu=harness.TARGET_CPU))
        harness.wait_for("redis to listen", lambda: "Ready to accept" in self.server.stdout(), 20)
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=harness.seconds(30))
        self.addCleanup(self.socket.close)
        self.ask("DEBUG", "POPULATE", self.KEYS)

    def ask(self, *words):
        """Sends a command and reads until the answer ends in a new line and nothing more comes for a moment."""
        parts = [str(w).encode() for w in words]
        self.socket.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))
        with self.socket.makefile("rb") as answer:
            return self.read_answer(answer)

    def read_answer(self, stream):
        line = stream.readline().decode().strip()
        if line.startswith("-"):
            raise AssertionError(line)
        if line.startswith("*"):
            return [self.read_answer(stream) for _ in range(int(line[1:]))]
        if line.startswith("$") and int(line[1:]) >= 0:
            return stream.read(int(line[1:]) + 2)[:-2]
        return line

    def test_commands(self):
        loop = "local i = 0 while i < 3000000 do i = i + 1 end return i"
        self.judge(self.server.pid, [
            Act("debug", lambda: self.ask("DEBUG", "SLEEP", "0.05"), ("debugCommand",), ("timer",), "redis-debug"),
            Act("lua", lambda: self.ask("EVAL", loop, 0), ("luaCallFunction", "evalCommand"), ("cpu",), "redis-script"),
            Act("keys", lambda: self.ask("KEYS", "*7*"), ("keysCommand",), ("cpu",), "redis-keys"),
            Act("save", lambda: self.ask("SAVE"), ("rdbSave",), ("cpu", "file"), "redis-save"),
        ])


class Node(NativeTest):
    """By its native frames: what the loop called, and the advice for what was seen inside of that."""
    CODE = """
        const crypto = require('crypto');
        setInterval(() => crypto.pbkdf2Sync('password', 'salt', 100000, 32, 'sha256'), 200);
        console.log('ready');
    """

    def hashes(self, number):
        """The stalls of a process of its own: where its stack begins in a page is another place in each."""
        node = self.start(harness.Process(["node", "-e", self.CODE], self.directory, f"node{number}", cpu=harness.TARGET_CPU))
        harness.wait_for("node to run", lambda: "ready" in node.stdout(), 20)
        evidence.favour(node.pid)
        with harness.measuring(self.directory, node.pid) as session:
            time.sleep(harness.seconds(1.5))
        node.stop()
        return [s for s in session.result.stalls(node.pid) if evidence.own_cause(s)["kind"] == "cpu"]

    def test_a_timer_that_hashes(self):
        self.require(harness.has_node(), "no node here")
        for number in range(EACH):
            with self.subTest(process=number):
                stalls = self.hashes(number)
                named = [s for s in stalls if s["culprit"] and "RunTimers" in s["culprit"]["handler"]["name"]]
                self.assertGreater(len(stalls), 2)
                self.assertGreater(2 * len(named), len(stalls), [evidence.describe(s) for s in stalls])
                self.assertEqual({"node-crypto"}, {s["advice"] and s["advice"]["rule"] for s in named})


class Nginx(NativeTest):
    CONFIG = """
daemon off; worker_processes 1; pid {directory}/nginx.pid; user root; error_log {directory}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {directory}/t1; proxy_temp_path {directory}/t2; fastcgi_temp_path {directory}/t3;
  uwsgi_temp_path {directory}/t4; scgi_temp_path {directory}/t5;
  server {{
    listen 127.0.0.1:{port}; root {directory};
    location /ping {{ return 200 ok; }}
    location /regex {{ if ($arg_q ~ "^(a+)+$") {{ return 204; }} return 200 ok; }}
    location /big {{ sendfile off; aio off; directio 512; output_buffers 1 {buffer}; }}
  }}
}}
"""
    BUFFER = 64 << 20

    def setUp(self):
        super().setUp()
        program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        self.require(program, "no nginx here")
        self.port = harness.free_port()
        config = pathlib.Path(self.directory) / "nginx.conf"
        config.write_text(self.CONFIG.format(directory=self.directory, port=self.port, buffer=self.BUFFER))
        self.big = pathlib.Path(self.directory) / "big"
        with open(self.big, "wb") as file:
            file.write(os.urandom(1 << 20) * (self.BUFFER >> 20))
            os.fsync(file.fileno())
        argv = [program, "-c", config]
        self.server = self.start(harness.Process(argv, self.directory, "nginx", cpu=harness.TARGET_CPU))
        harness.wait_for("nginx to answer", lambda: self.answers("/ping"), 20)
        self.worker, = harness.children(self.server.pid)

    def answers(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=harness.seconds(20)) as answer:
                answer.read()
                return True
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error}") from None
        except OSError:
            return False

    def test_regex(self):
        text = "a" * 19 + "b"
        self.judge(self.worker, [
            Act("regex", lambda: self.answers(f"/regex?q={text}"), ("pcre2_match", "ngx_http_regex_exec"), ("cpu",),
                "nginx-regex")])

    def test_disk(self):
        """With O_DIRECT the disk is waited for, and the buffer's pages are made and pinned: both are of the read."""
        for act, stalls in self.perform(self.worker, [
                Act("disk", lambda: self.answers("/big"), ("ngx_read_file",), ("file", "cpu"), "nginx-file")]):
            with self.subTest(act=act.name):
                # The rest of the answer goes out in iterations of its own.
                reads = [s for s in stalls if evidence.time_of(s, "file") > MS]
                self.assertEqual(1, len(reads), [evidence.describe(s) for s in stalls])
                self.judge_read(act, reads[0])

    def judge_read(self, act, stall):
        text = evidence.describe(stall)
        functions = [frame["function"] for frame in stall["frames"]]
        self.assertIn("ngx_read_file", functions, text)
        self.judge_outer_end(functions, text)
        # In a chroot the path begins outside it.
        self.assertIn(("file", "pread64", self.big.name), [(c["kind"], c["syscall"], pathlib.Path(c["object"] or "").name)
                                                           for c in stall["causes"]], text)
        self.assertEqual("ngx_read_file", stall["culprit"] and stall["culprit"]["frame"]["name"], text)


if __name__ == "__main__":
    harness.main()
