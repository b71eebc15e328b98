"""The servers that are measured: one class each, one row in SERVERS."""
import os
import shutil
import socket
import subprocess

from .loads import HttpCounter, RedisCounter, RedisLoad, WrkLoad
from .processes import Failed, children, wait_until

APPS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "apps")


class Redis:
    """redis-benchmark -t get, 50 clients. Nothing is written to a disk."""
    needs = {"redis-server": "redis-server", "redis-benchmark": "redis-tools"}
    version = ["redis-server", "--version"]
    limit = ("us", 0.7)
    load, counter = RedisLoad, RedisCounter

    def command(self, port, _directory):
        return ["redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no"]

    def target(self, pid):
        return pid


class _Http(Redis):
    load, counter = WrkLoad, HttpCounter


class Nginx(_Http):
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


class Node(_Http):
    needs = {"node": "nodejs", "wrk": "wrk"}
    version = ["node", "--version"]
    limit = ("ratio", 1.01)

    def command(self, port, _directory):
        return ["node", os.path.join(APPS, "hello.js"), port]


class Uvicorn(_Http):
    """asyncio and h11: what Debian's python3-uvicorn does by itself."""
    needs = {"wrk": "wrk"}
    limit = ("ratio", 1.01)
    parts = ["asyncio", "h11"]
    module, package = "uvicorn", "python3-uvicorn"

    def command(self, port, _directory):
        loop, protocol = self.parts
        return [python_with(self.module), "-B", "-m", "uvicorn", "--app-dir", APPS, "--host", "127.0.0.1",
                "--port", port, "--loop", loop, "--http", protocol, "--lifespan", "off", "--log-level", "warning",
                "--no-access-log", "--timeout-keep-alive", "3600", "hello:app"]

    @property
    def version(self):
        return [python_with(self.module), "-m", "uvicorn", "--version"]


class UvicornUvloop(Uvicorn):
    """uvloop and httptools: less work a request, so that a tool's cost weighs more."""
    parts = ["uvloop", "httptools"]
    module, package = "uvloop", "python3-uvloop python3-httptools"


SERVERS = {"redis": Redis, "nginx": Nginx, "node": Node, "uvicorn": Uvicorn, "uvicorn-uvloop": UvicornUvloop}


def python_with(module):
    """Debian's own first: its packages are for it."""
    for python in ("/usr/bin/python3", shutil.which("python3")):
        if python and os.path.exists(python) and subprocess.run(
                [python, "-c", f"import uvicorn, {module}"], capture_output=True, check=False).returncode == 0:
            return python
    return None


def missing(server):
    """Debian packages that this server or its load lacks."""
    lacking = [package for tool, package in server.needs.items() if not shutil.which(tool)]
    if isinstance(server, Uvicorn) and not python_with(server.module):
        lacking.append(server.package)
    return lacking


class Running:
    """A server on its CPU: its pid, its counter."""

    def __init__(self, processes, server, cpu):
        self.server, self.port = server, free_port()
        process = processes.start(server.command(self.port, processes.directory), cpu, "server")
        wait_until(self._answers, process)
        wait_until(lambda: server.target(process.pid) is not None, process)
        self.pid = server.target(process.pid)
        self.counter = server.counter(self.port)
        self.counter.read()

    def _answers(self):
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def server_named(name):
    lacking = missing(SERVERS[name]())
    if lacking:
        raise Failed(f"missing for {name}; run: apt-get install -y --no-install-recommends {' '.join(lacking)}")
    return SERVERS[name]()
