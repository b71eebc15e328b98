"""Load generators: one that goes on until it is ended, and short runs that tell the p99 their client saw."""
import csv
import http.client
import re
import socket
from collections import namedtuple

from .processes import Failed, text, wait_until

CLIENTS = 50
Counted = namedtuple("Counted", "requests work")  # work: what CPU time is divided by
UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


class RedisLoad:
    def __init__(self, port, clients=CLIENTS):
        self.command = ["redis-benchmark", "-h", "127.0.0.1", "-p", port, "-t", "get", "-c", clients]

    def endless(self):
        return self.command + ["-q", "-n", 2_000_000_000]

    def bounded(self, seconds, rate):
        return self.command + ["--csv", "-n", max(1000, int(seconds * rate))]

    @staticmethod
    def p99_ms(output):
        return float(list(csv.DictReader(output.splitlines()))[0]["p99_latency_ms"])


class WrkLoad:
    clients = CLIENTS

    def __init__(self, port):
        self.port = port

    def _command(self, seconds):
        return ["wrk", "-t", 1, "-c", self.clients, "-d", f"{seconds}s", "--latency", f"http://127.0.0.1:{self.port}/"]

    def endless(self):
        return self._command(100_000)

    def bounded(self, seconds, _rate):
        return self._command(max(1, round(seconds)))

    @staticmethod
    def p99_ms(output):
        value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", output).groups()
        return float(value) * UNITS[unit]


class OneClient(WrkLoad):
    clients = 1


class NoLoad:
    """The server has its own."""

    def __init__(self, _port):
        pass

    def endless(self):
        return ["sleep", 100_000]

    def bounded(self, _seconds, _rate):
        return ["sleep", 0]

    @staticmethod
    def p99_ms(_output):
        return 0


def p99_ms(processes, load, cpu, seconds, rate):
    """One run of about that many seconds."""
    process = processes.start(load.bounded(seconds, rate), cpu, "load")
    try:
        wait_until(lambda: process.poll() == 0, process, patience=60)
    finally:
        processes.end(process)
    try:
        return load.p99_ms(text(process.out))
    except (AttributeError, IndexError, KeyError, ValueError):
        raise Failed(f"no p99 in the load generator's output: {text(process.out)[-300:]}") from None


class RedisCounter:
    """Commands that Redis has carried out. Asking is one more."""

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=15)
        self._file = self._socket.makefile("rb")

    def read(self):
        self._socket.sendall(b"INFO stats\r\n")
        answer = self._file.read(int(self._file.readline()[1:]) + 2)
        commands = int(re.search(rb"total_commands_processed:(\d+)", answer).group(1))
        return Counted(commands, commands)


class PacketCounter:
    """Datagrams that it has received. Asking is one more."""

    def __init__(self, port):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect(("127.0.0.1", port))
        self._socket.settimeout(15)

    def read(self):
        self._socket.send(b"count")
        received = int(self._socket.recv(32))
        return Counted(received, received)


class HttpCounter:
    """Requests that the server has answered: the last number of /count. Asking is one more."""

    def __init__(self, port):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)

    def _numbers(self):
        self._connection.request("GET", "/count")
        return list(map(int, re.findall(rb"\d+", self._connection.getresponse().read().split(b"Reading")[0])))

    def read(self):
        requests = self._numbers()[-1]
        return Counted(requests, requests)


class WorkCounter(HttpCounter):
    """A server that does more than to answer: /count is two numbers, requests and pieces of work."""

    def read(self):
        return Counted(*self._numbers())
