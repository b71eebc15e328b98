"""The servers that are measured, but for those in Python: one class each, one row in running.SERVERS."""
import os
import shutil
import sys

from .loads import HttpCounter, NoLoad, PacketCounter, RedisCounter, RedisLoad, WrkLoad
from .processes import children

APPS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "apps")


class Redis:
    """redis-benchmark -t get, 50 clients. Nothing is written to a disk."""
    needs = {"redis-server": "redis-server", "redis-benchmark": "redis-tools"}
    version = ["redis-server", "--version"]
    limit = ("us", 0.7)  # most that loopstall may add to a request; or ("ratio", most)
    task_limit = None  # the same, with every task step counted
    queue_limit = ("us", 0.5)  # the same, of queue delay against loopstall without it
    least_rps = None  # least throughput that loopstall may leave, as a ratio
    window = 0.2  # seconds
    first_look = 0  # seconds that a tool has, once attached, for what it does only once
    python = None  # the interpreter, where it is a Python program
    load, counter = RedisLoad, RedisCounter

    def command(self, port, _directory):
        return ["redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no"]

    def target(self, pid):
        return pid

    def payer(self, pid):
        """Whose CPU time is measured."""
        return self.target(pid)

    def lacking(self):
        """Debian packages that it or its load needs."""
        return [package for program, package in self.needs.items() if not shutil.which(program)]


class Http(Redis):
    load, counter = WrkLoad, HttpCounter


class Nginx(Http):
    """One worker answers a fixed body."""
    needs = {"nginx": "nginx-light", "wrk": "wrk"}
    version = ["nginx", "-v"]
    limit = ("us", 0.5)

    CONFIG = """daemon off; worker_processes 1; pid {0}/nginx.pid; error_log stderr;
events {{ worker_connections 256; }}
http {{
  access_log off; keepalive_timeout 3600; keepalive_requests 1000000000;
  server {{ listen 127.0.0.1:{1}; location / {{ return 200 "hello\\n"; }} location = /count {{ stub_status; }} }}
}}
"""

    def command(self, port, directory):
        path = os.path.join(directory, "nginx.conf")
        with open(path, "w") as file:
            file.write(self.CONFIG.format(directory, port))
        return ["nginx", "-c", path]

    def target(self, pid):
        """The worker: the master only waits for signals, and strace would not find the worker from it."""
        workers = children(pid)
        return workers[0] if workers else None


class Node(Http):
    needs = {"node": "nodejs", "wrk": "wrk"}
    version = ["node", "--version"]
    limit = ("ratio", 1.01)

    def command(self, port, _directory):
        return ["node", os.path.join(APPS, "hello.js"), port]


class Packets(Redis):
    """No server: a process that loopstall does not measure, and an idle one that it does."""
    needs = {}
    version = [sys.executable, "--version"]
    limit, queue_limit = None, ("us", 0.2)
    load, counter = NoLoad, PacketCounter

    def command(self, port, _directory):
        return [sys.executable, "-B", os.path.join(APPS, "packets.py"), port]

    def target(self, pid):
        idle = children(pid)
        return idle[0] if idle else None

    def payer(self, pid):
        return pid
