"""A tool that is attached to a server."""
import signal
import sys
import time

from . import bpf
from .processes import Failed, text, wait_until


class Attached:
    """with Attached(...): the tool is in place and has settled; after it, the kernel has let go of its programs."""
    SETTLE = 0.15
    ROUNDS = 20

    def __init__(self, processes, tool, pid):
        self._processes, self._tool, self._pid = processes, tool, pid

    def __enter__(self):
        before = bpf.programs()
        self._process = self._processes.start(self._tool.command(self._pid, self._processes.directory),
                                              name=type(self._tool).__name__.lower())
        wait_until(lambda: self._tool.ready(self._process, bpf.programs() - before), self._process)
        self._programs = self._settled(before)

    def _settled(self, before):
        """Its programs, when no more have come for a while."""
        now = bpf.programs() - before
        for _ in range(self.ROUNDS):
            time.sleep(self.SETTLE)
            last, now = now, bpf.programs() - before
            if now == last:
                break
        return now

    def __exit__(self, kind, *_):
        self._processes.end(self._process, signal.SIGINT, patience=20)
        gone = bpf.wait_until_gone(self._programs)
        if kind:
            return
        if not gone:
            print(f"bench: 3 s after {self._process.name} ended, BPF programs that came with it are still there: "
                  "is another tool running on this machine?", file=sys.stderr)
        if not self._tool.measured(self._process):
            raise Failed(f"{self._process.name} measured nothing: {text(self._process.err).strip()[-400:]}")
        time.sleep(self.SETTLE)
