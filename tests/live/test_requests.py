"""Requests by name (--requests) against the client's own log, on nginx, Redis, uvicorn and others: split, pipelined, with
bodies; what is secret in them is nowhere in the recording and the report; TLS is opaque."""
import collections
import contextlib
import json
import pathlib
import random
import re
import shutil
import socket
import ssl
import subprocess
import time

import harness
import test_top
from harness import FULL, MS

SECRET = b"pl4nted-s3cret"
ROUNDS = 400 if FULL else 60


class Connection:
    """A keep-alive connection that writes what it is told, in pieces."""

    def __init__(self, address, log, randomly, family=socket.AF_INET):
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(harness.seconds(20))
        self.socket.connect(address)
        if family == socket.AF_INET:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.log, self.random = log, randomly

    def write(self, data):
        """As one write, or as several that the server reads one by one, or some of them together."""
        pieces = self.random.choice((1, 1, 2, 3, 7))
        cuts = sorted(self.random.randrange(len(data) + 1) for _ in range(pieces - 1))
        for begin, end in zip([0, *cuts], [*cuts, len(data)]):
            if end > begin:
                self.socket.sendall(data[begin:end])
                time.sleep(self.random.choice((0, 0.001)) if pieces > 1 else 0)

    def read_until(self, complete):
        answer = b""
        while not complete(answer):
            part = self.socket.recv(1 << 16)
            if not part:
                raise ConnectionError(f"closed after {answer[-200:]!r}")
            answer += part
        return answer

    def close(self):
        self.socket.close()


class Http(Connection):
    PATHS = ("/", "/a", "/a/b", "/long/" + "x" * 60, "/index.html", "/c/d")

    def one(self):
        method, path = self.random.choice(("GET", "GET", "POST", "PUT")), self.random.choice(self.PATHS)
        self.log[f"{method} {path}"] += 1
        body = SECRET * self.random.choice((1, 100, 5000)) if method != "GET" else b""
        head = f"{method} {path}?token=".encode() + SECRET + b" HTTP/1.1\r\nHost: x\r\nCookie: " + SECRET + b"\r\n"
        if not body:
            return head + b"\r\n"
        if self.random.random() < 0.5:
            return head + b"Content-Length: %d\r\n\r\n" % len(body) + body
        return head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)

    def ask(self, pipelined):
        requests = [self.one() for _ in range(pipelined)]
        self.write(b"".join(requests))
        self.read_until(lambda answer: answer.count(b"HTTP/1.1 ") == pipelined and answer.endswith((b"ok", b"\n\n")))


class Redis(Connection):
    COMMANDS = (("SET", SECRET, SECRET * 300), ("get", SECRET), ("LPUSH", b"list", SECRET, b"GET /x HTTP/1.1\r\n\r\n"),
                ("PING",), ("HSET", b"hash", b"*1\r\n$4\r\nEVIL\r\n", SECRET), ("HGETALL", b"hash"))

    @staticmethod
    def command(*words):
        words = [w if isinstance(w, bytes) else w.encode() for w in words]
        return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)

    def one(self):
        words = self.random.choice(self.COMMANDS)
        self.log[words[0].upper()] += 1
        if words == ("PING",) and self.random.random() < 0.5:
            return b"PING\r\n"
        return self.command(*words)

    def ask(self, pipelined):
        self.log["ECHO"] += 1
        token = b"end-%d" % self.random.getrandbits(64)
        self.write(b"".join(self.one() for _ in range(pipelined)) + self.command("ECHO", token))
        self.read_until(lambda answer: answer.endswith(token + b"\r\n"))


class RequestsTest(harness.LiveTest):
    def measure(self, pid, body, *options):
        """The report of what the body did; it is measured from its beginning to its end."""
        recording = pathlib.Path(self.directory) / "requests.loopstall"
        options = ("--json", "--requests", "-o", recording, *options)
        with harness.measuring(self.directory, pid, options=options) as session:
            body()
            time.sleep(harness.seconds(0.2))
        self.assertEqual(0, session.result.code, session.result.stderr)
        report = session.result.report
        if "requests" not in report:
            self.skipTest("; ".join(report["notes"]))
        for name, data in (("recording", recording.read_bytes()), ("report", session.result.stdout.encode())):
            self.assertNotIn(SECRET[:8], data, f"the {name} holds what was in a request")
        return report

    def ask(self, make, log, only_one=False):
        """Some connections, each with requests one by one and pipelined."""
        randomly = random.Random(7)
        with contextlib.ExitStack() as stack:
            connections = [stack.enter_context(contextlib.closing(make(log, randomly))) for _ in range(4)]
            for _ in range(ROUNDS):
                connection = randomly.choice(connections)
                connection.ask(1 if only_one else randomly.choice((1, 1, 2, 5, 40)))

    def assert_counts(self, report, log, reads=None):
        told = {row["name"] + ("..." if row["cut"] else ""): row["count"] for row in report["requests"]}
        self.assertEqual(dict(log), told)
        self.assertEqual(reads or {"encrypted": 0, "not_told": 0}, report["request_reads"])


class Nginx(RequestsTest):
    CONFIG = """
daemon off; worker_processes {workers}; pid {directory}/nginx.pid; user root; error_log {directory}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; keepalive_requests 100000;
  client_body_temp_path {directory}/t1; proxy_temp_path {directory}/t2; fastcgi_temp_path {directory}/t3;
  uwsgi_temp_path {directory}/t4; scgi_temp_path {directory}/t5;
  server {{ listen 127.0.0.1:{port}; listen unix:{directory}/socket; location / {{ return 200 ok; }} }}
  server {{ listen 127.0.0.1:{proxy}; location / {{ proxy_pass http://127.0.0.1:{port}; }} }}
  server {{
    listen 127.0.0.1:{tls} ssl; ssl_certificate {directory}/cert.pem; ssl_certificate_key {directory}/key.pem;
    location / {{ return 200 ok; }}
  }}
}}
"""

    def serve(self, workers=1):
        program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
        self.require(program, "no nginx here")
        self.require(shutil.which("openssl"), "no openssl here")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
                        "-keyout", f"{self.directory}/key.pem", "-out", f"{self.directory}/cert.pem"],
                       check=True, capture_output=True)
        self.port, self.proxy, self.tls = (harness.free_port() for _ in range(3))
        config = pathlib.Path(self.directory) / "nginx.conf"
        config.write_text(self.CONFIG.format(directory=self.directory, port=self.port, tls=self.tls, proxy=self.proxy,
                                             workers=workers))
        server = self.start(harness.Process([program, "-c", config], self.directory, "nginx"))
        harness.wait_for("nginx to listen", self.listens, 20)
        return server

    def listens(self):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.tls)).close()
            return True
        return False

    def connect(self, log, randomly):
        return Http(("127.0.0.1", self.port), log, randomly)

    def test_counts_are_the_clients(self):
        server, log = self.serve(), collections.Counter()
        report = self.measure(server.pid, lambda: self.ask(self.connect, log))
        self.assert_counts(report, log)
        timed = [row for row in report["requests"] if row["held"]]
        self.assertTrue(timed, "requests that came alone are timed")
        for row in timed:
            self.assertLessEqual(row["held"]["count"], row["count"])
        for rule, code in ((f'request("GET /a").count == {log["GET /a"]}', 0), ('request("GET /a").count == 0', 4),
                           ("request(method=GET).hold.max < 60s in busy time", 0), ("request(DELETE).hold.p99 < 1ms", 5)):
            with self.subTest(rule=rule):
                judged = harness.loopstall("check", f"{self.directory}/requests.loopstall", "--max", rule)
                self.assertEqual(code, judged.code, judged.stdout + judged.stderr)

    def test_workers_are_one_table(self):
        server, log = self.serve(workers=3), collections.Counter()
        report = self.measure(server.pid, lambda: self.ask(self.connect, log))
        self.assert_counts(report, log)
        for row in report["requests"]:
            self.assertEqual(row["count"], sum(part["count"] for part in row["loops"]))

    def test_connections_that_were_open_before(self):
        server, log = self.serve(), collections.Counter()
        open_before = [self.connect(log, random.Random(n)) for n in range(5)]
        for connection in open_before:
            connection.ask(3)
        log.clear()

        def body():
            for connection in open_before:
                connection.ask(1)
                connection.ask(20)
                connection.close()

        self.assert_counts(self.measure(server.pid, body), log)

    def test_unix_socket(self):
        server, log = self.serve(), collections.Counter()

        def connect(log, randomly):
            return Http(f"{self.directory}/socket", log, randomly, socket.AF_UNIX)

        self.assert_counts(self.measure(server.pid, lambda: self.ask(connect, log)), log)

    def test_a_proxys_own_requests_are_not_its_clients(self):
        """Each request is read twice: from the client, and as the server that is asked. Answers are none."""
        server, log = self.serve(), collections.Counter()

        def body():
            with contextlib.closing(Http(("127.0.0.1", self.proxy), collections.Counter(), random.Random(1))) as client:
                for path in ("/a", "/b", "/a"):
                    client.write(f"GET {path}?{SECRET.decode()} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                    client.read_until(lambda answer: answer.endswith(b"ok"))
                    log[f"GET {path}"] += 2

        self.assert_counts(self.measure(server.pid, body), log)

    def test_tls_is_opaque(self):
        server = self.serve()
        context = ssl.create_default_context(cafile=f"{self.directory}/cert.pem")
        context.check_hostname = False

        def body():
            with socket.create_connection(("127.0.0.1", self.tls)) as plain:
                with context.wrap_socket(plain) as client:
                    for _ in range(5):
                        client.sendall(b"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n")
                        client.recv(4096)

        report = self.measure(server.pid, body)
        self.assertEqual([], report["requests"])
        self.assertGreaterEqual(report["request_reads"]["encrypted"], 5)
        self.assertEqual(0, report["request_reads"]["not_told"])
        text = harness.loopstall("report", f"{self.directory}/requests.loopstall").stdout
        self.assertIn("encrypted:", text)

    def test_another_protocol_is_not_guessed_at(self):
        server = self.serve()

        def body():
            with contextlib.closing(self.connect(collections.Counter(), random.Random(1))) as client:
                client.socket.sendall(b"\x00\x01 no HTTP: GET /a HTTP/1.1\r\n\r\n")
                client.read_until(lambda answer: b"400" in answer)

        self.assert_counts(self.measure(server.pid, body), {}, {"encrypted": 0, "not_told": 1})


class RedisServer(RequestsTest):
    def serve(self):
        self.require(shutil.which("redis-server"), "no redis-server here")
        self.port = harness.free_port()
        argv = ["redis-server", "--port", self.port, "--bind", "127.0.0.1", "--dir", self.directory, "--save", "",
                "--enable-debug-command", "yes"]
        server = self.start(harness.Process(argv, self.directory, "redis"))
        harness.wait_for("redis to listen", lambda: "Ready to accept" in server.stdout(), 20)
        return server

    def connect(self, log, randomly):
        return Redis(("127.0.0.1", self.port), log, randomly)

    def test_counts_are_the_clients(self):
        server, log = self.serve(), collections.Counter()
        self.assert_counts(self.measure(server.pid, lambda: self.ask(self.connect, log)), log)

    def test_the_end_comes_with_the_last_bytes(self):
        """To TCP's counters a FIN is a byte. Corked it comes in the last segment, which may be the second or the tenth read."""
        server = self.serve()

        def body():
            for n in range(30):
                value = SECRET * (1, 10_000)[n % 2]
                with socket.create_connection(("127.0.0.1", self.port)) as client:
                    client.settimeout(harness.seconds(20))
                    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    client.sendall(b"*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$%d\r\n" % len(value))
                    time.sleep(0.002)
                    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, n % 3)
                    client.sendall(value + b"\r\n")
                    client.shutdown(socket.SHUT_WR)
                    client.recv(64)

        self.assert_counts(self.measure(server.pid, body), {"SET": 30})

    def test_the_one_that_holds_the_loop(self):
        server, log = self.serve(), collections.Counter()

        def body():
            with contextlib.closing(self.connect(log, random.Random(1))) as client:
                for _ in range(3):
                    client.socket.sendall(client.command("DEBUG", "SLEEP", "0.1"))
                    client.read_until(lambda answer: answer.endswith(b"+OK\r\n"))
                    client.socket.sendall(client.command("PING"))
                    client.read_until(lambda answer: answer.endswith(b"+PONG\r\n"))

        report = self.measure(server.pid, body)
        first = report["requests"][0]
        self.assertEqual(("DEBUG", 3, 3), (first["name"], first["count"], first["held"]["count"]))
        self.assertGreaterEqual(first["held"]["min_ns"], 100 * MS)
        ping, = [row for row in report["requests"] if row["name"] == "PING"]
        self.assertLess(ping["held"]["p50_ns"], 50 * MS)

    def test_top_has_what_the_report_has(self):
        server, log = self.serve(), collections.Counter()
        report = pathlib.Path(self.directory) / "top.json"
        top = test_top.Top(server.pid, "--requests", "-o", report, columns=200, rows=50)
        self.addCleanup(top.stop)
        with contextlib.closing(self.connect(log, random.Random(1))) as client:
            harness.wait_for("the loop", lambda: "1 loop " in top.text() and "no event loop" not in top.text(), 30)
            for words in ((b"DEBUG", b"SLEEP", b"0.03"), (b"PING",)):
                for _ in range(3):
                    client.socket.sendall(client.command(*words))
                    client.read_until(lambda answer: answer.endswith(b"\r\n"))
            top.press("u")
            harness.wait_for("the requests", lambda: re.search(r"DEBUG +3 .*\n.*PING +3 |it takes --requests", top.text()), 20)
        shown = top.text()
        top.press("q")
        self.assertEqual(0, top.wait())
        told = json.loads(report.read_text())
        if "requests" not in told:
            self.skipTest("; ".join(told["notes"]))
        for row in told["requests"]:
            times = (test_top.duration(row["held"][key]) for key in ("sum_ns", "p50_ns", "p90_ns", "p99_ns", "p999_ns", "max_ns"))
            self.assertRegex(shown, f"{row['name']} +{row['count']} .*" + " +".join(map(re.escape, times)))

    def test_benchmark(self):
        self.require(shutil.which("redis-benchmark"), "no redis-benchmark here")
        server, n = self.serve(), 20_000
        for pipeline in (1, 16):
            with self.subTest(pipeline=pipeline):
                def body():
                    subprocess.run(["redis-benchmark", "-p", str(self.port), "-n", str(n), "-P", str(pipeline), "-t",
                                    "ping,set,get,lpush", "-q"], check=True, capture_output=True,
                                   timeout=harness.seconds(60))
                told = {row["name"]: row["count"] for row in self.measure(server.pid, body)["requests"]}
                self.assertEqual({"PING": 2 * n, "SET": n, "GET": n, "LPUSH": n},
                                 {name: n for name, n in told.items() if name != "CONFIG"}, "CONFIG: its first question")


class Python(RequestsTest):
    def check(self, loop):
        self.require(harness.has_module("uvicorn"), f"{harness.PYTHON} has no uvicorn")
        server = self.start(harness.HttpServer(self.directory, "uvicorn", "asgi_app:app", "--loop", loop,
                                               "--no-access-log"))
        pid, log = str(server.pid).encode(), collections.Counter()

        class Client(Http):
            def ask(self, pipelined):
                self.write(b"".join(self.one() for _ in range(pipelined)))
                self.read_until(lambda answer: answer.count(b"HTTP/1.1 200") == pipelined and answer.endswith(pid))

        def connect(log, randomly):
            return Client(("127.0.0.1", server.port), log, randomly)

        report = self.measure(server.pid, lambda: self.ask(connect, log, only_one=True))
        self.assert_counts(report, log)
        self.assertEqual({None}, {row["held"] for row in report["requests"]}, "its task does the work, later")

    def test_asyncio(self):
        self.check("asyncio")

    def test_uvloop(self):
        self.require(harness.has_module("uvloop"), "no uvloop")
        self.check("uvloop")


class Asked(RequestsTest):
    def test_nothing_is_looked_at_unasked(self):
        server = self.start(harness.c_server(self.directory, "epoll_server"))
        with harness.measuring(self.directory, server.pid) as session:
            harness.Client(server.port).ask("ping")
        self.assertNotIn("requests", session.result.report)

    def test_what_is_typed_after_a_ping_is_no_command(self):
        server = self.start(harness.c_server(self.directory, "epoll_server"))

        def body():
            for line in (b"PING\n", b"hunter2-my-password\n", b"SCAN /home/alice\n"):
                with socket.create_connection(("127.0.0.1", server.port)) as client:
                    client.sendall(line)
                    time.sleep(0.01)

        self.assert_counts(self.measure(server.pid, body), {"PING": 1}, {"encrypted": 0, "not_told": 2})

    def test_a_protocol_of_its_own(self):
        server = self.start(harness.c_server(self.directory, "libevent_server"))  # reads into several buffers at once

        def body():
            client = harness.Client(server.port)
            for _ in range(5):
                client.ask("ping")
            client.close()

        report = self.measure(server.pid, body)
        self.assertEqual(([], 5), (report["requests"], report["request_reads"]["not_told"]))


if __name__ == "__main__":
    harness.main()
