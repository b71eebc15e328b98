"""The servers in Python: uvicorn with a hello, and two of them with what loopstall is made for."""
import os
import shutil
import subprocess

from .loads import OneClient, WorkCounter
from .servers import APPS, Http


class Uvicorn(Http):
    """asyncio and h11: what Debian's python3-uvicorn does by itself."""
    needs = {"wrk": "wrk"}
    limit = ("ratio", 1.01)
    task_limit = ("ratio", 1.07)
    parts = ["asyncio", "h11"]
    app = "hello"
    module, package = "uvicorn", "python3-uvicorn"

    def __init__(self, python=None):
        self.python = python_with(self.module, python)

    def command(self, port, _directory):
        loop, protocol = self.parts
        return [self.python, "-B", "-m", "uvicorn", "--app-dir", APPS, "--host", "127.0.0.1",
                "--port", port, "--loop", loop, "--http", protocol, "--lifespan", "off", "--log-level", "warning",
                "--no-access-log", "--timeout-keep-alive", "3600", f"{self.app}:app"]

    def lacking(self):
        return super().lacking() + ([] if self.python else [self.package])

    @property
    def version(self):
        return [self.python, "-m", "uvicorn", "--version"]


class UvicornUvloop(Uvicorn):
    """uvloop and httptools: less work a request, so that a tool's cost weighs more."""
    parts = ["uvloop", "httptools"]
    module, package = "uvloop", "python3-uvloop python3-httptools"


class Stalling(Uvicorn):
    """20 stalls a second; a window has ten of them, so that one more or less at its ends weighs little."""
    app = "stalling"
    limit, least_rps = ("ratio", 1.03), 0.97
    window, first_look = 0.5, 2


class Gil(Uvicorn):
    """Its CPU is always used up, mostly by the other thread, so that CPU time is divided by that thread's work. What
    the loop has of it is in the throughput."""
    app = "gil"
    limit, least_rps = ("ratio", 1.03), 0.97
    window, first_look = 0.5, 2
    counter = WorkCounter


class Steps(Uvicorn):
    """Task steps and hardly anything else, so that CPU is per step: the one client's request waits for a hundred of them."""
    app = "steps"
    limit, task_limit = None, ("us", 2.0)
    load, counter = OneClient, WorkCounter


class StepsUvloop(Steps):
    parts = ["uvloop", "httptools"]
    task_limit = ("us", 3.5)
    module, package = "uvloop", "python3-uvloop python3-httptools"


def python_with(module, chosen=None):
    """The one that was asked for. Else Debian's own first: its packages are for it."""
    for python in [chosen] if chosen else ["/usr/bin/python3", shutil.which("python3")]:
        if python and os.path.exists(python) and subprocess.run(
                [python, "-c", f"import uvicorn, {module}"], capture_output=True, check=False).returncode == 0:
            return python
    return None
