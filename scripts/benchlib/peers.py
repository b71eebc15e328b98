"""What one would use on a slow Python server instead: samplers of its stacks, and asyncio's own debug mode."""
import os
import re

from .processes import text
from .tools import Nothing, Tool


class _Peer(Tool):
    optional = python_only = True


class PySpy(_Peer):
    """100 samples a second. It stops the server for each, as it does unless told not to."""
    needs = {"py-spy": "py-spy (pip install py-spy)"}
    version = ["py-spy", "--version"]

    def command(self, pid, directory):
        self._found = os.path.join(directory, "py-spy.raw")
        return ["py-spy", "record", "-r", 100, "-d", 300, "-f", "raw", "-o", self._found, "-p", pid]

    def ready(self, process, _programs):
        return "Sampling process" in text(process.out) + text(process.err)

    def measured(self, _process):
        return os.path.exists(self._found) and os.path.getsize(self._found)


class Austin(_Peer):
    """100 samples a second, read out of the server's memory while it runs."""
    needs = {"austin": "austin"}
    version = ["austin", "--version"]

    def command(self, pid, directory):
        self._found = os.path.join(directory, "austin.raw")
        return ["austin", "-i", 10_000, "-o", self._found, "-p", pid]

    def ready(self, _process, _programs):
        return os.path.exists(self._found) and os.path.getsize(self._found)  # written in blocks, so a bit late

    def measured(self, _process):
        return os.path.getsize(self._found)


class PerfDwarf(_Peer):
    """99 samples a second, each with 8 KiB of stack to be unwound later."""
    needs = {"perf": "linux-perf"}
    version = ["perf", "--version"]

    def command(self, pid, directory):
        return ["perf", "record", "--call-graph", "dwarf", "-F", 99, "-o", os.path.join(directory, "perf.data"),
                "-p", pid]

    def ready(self, process, _programs):
        """It says nothing, but its events are descriptors."""
        folder = f"/proc/{process.pid}/fd"
        return any("perf_event" in os.readlink(os.path.join(folder, fd)) for fd in os.listdir(folder))

    def measured(self, process):
        return re.search(r"\([1-9]\d* samples\)", text(process.err))


class AsyncioDebug(_Peer):
    environment = ("PYTHONASYNCIODEBUG=1",)


class Restart(Nothing):
    """The control for AsyncioDebug: started anew with a variable that means nothing."""
    python_only = True
    environment = ("LOOPSTALL_BENCH=1",)
