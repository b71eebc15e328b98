"""Servers by their names, and one that runs."""
import socket

from .processes import Failed, wait_until
from .python_servers import Gil, Stalling, Steps, StepsUvloop, Uvicorn, UvicornUvloop
from .servers import Nginx, Node, Packets, Redis

SERVERS = {"redis": Redis, "nginx": Nginx, "node": Node, "uvicorn": Uvicorn, "uvicorn-uvloop": UvicornUvloop,
           "stalling": Stalling, "gil": Gil, "steps": Steps, "steps-uvloop": StepsUvloop, "packets": Packets}
ONLY_IF_ASKED = ["uvicorn-uvloop", "steps", "steps-uvloop", "packets"]


def server_named(name, python=None):
    kind = SERVERS[name]
    server = kind(python) if issubclass(kind, Uvicorn) else kind()
    lacking = server.lacking()
    if lacking:
        raise Failed(f"missing for {name}; run: apt-get install -y --no-install-recommends {' '.join(lacking)}")
    return server


class Running:
    """A server on its CPU: its pid, its counter. environment: NAME=VALUE."""

    def __init__(self, processes, server, cpu, environment=()):
        self.server, self.port = server, free_port()
        command = ["env", *environment, *server.command(self.port, processes.directory)]
        self.process = processes.start(command, cpu, "server")
        wait_until(self._answers, self.process)
        wait_until(lambda: server.target(self.process.pid) is not None, self.process)
        self.pid, self.payer = server.target(self.process.pid), server.payer(self.process.pid)
        self.counter = server.counter(self.port)
        self.counter.read()

    def _answers(self):
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]
