"""What is compared: loopstall and what a reader would pick instead; each attaches to a pid and is ended by SIGINT."""
import os
import shutil
import signal
import sys
import time

from . import bpf
from .processes import Failed, parsed, text, wait_until

# For each thread a histogram of the time from the return of epoll_wait to its next call, as a user would type it.
GAP = """
tracepoint:syscalls:sys_exit_epoll_wait, tracepoint:syscalls:sys_exit_epoll_pwait /pid == PID/ { @s[tid] = nsecs; }
tracepoint:syscalls:sys_enter_epoll_wait, tracepoint:syscalls:sys_enter_epoll_pwait /@s[tid]/ {
  @gap[tid] = hist(nsecs - @s[tid]); delete(@s[tid]); }
"""


class Loopstall:
    needs = {}
    pairs = 300

    def __init__(self, path):
        self.path = path

    def command(self, pid):
        return [self.path, "attach", pid, "-d", "5m", "--json"]

    def ready(self, process, _programs):
        return "measuring" in text(process.err)

    def measured(self, process):
        return sum(loop["iterations"] for loop in parsed(process)["loops"])


class Bpftrace:
    needs = {"bpftrace": "bpftrace"}
    pairs = 20

    def command(self, pid):
        command = ["bpftrace", "-e", GAP.replace("PID", str(pid))]
        if os.path.isdir("/sys/kernel/tracing/events") or os.path.isdir("/sys/kernel/debug/tracing/events"):
            return command
        # It needs tracefs: mounted for itself alone.
        mount = 'mount -t tracefs none /sys/kernel/tracing && exec "$@"'
        return ["unshare", "-m", "sh", "-c", mount, "sh", *command]

    def ready(self, process, programs):
        return "Attaching" in text(process.out) and len(programs) >= 4

    def measured(self, process):
        return text(process.out).count("@gap[")


class Strace:
    needs = {"strace": "strace"}
    pairs = 20

    def command(self, pid):
        return ["strace", "-c", "-f", "-p", pid]

    def ready(self, process, _programs):
        return "attached" in text(process.err)

    def measured(self, process):
        return text(process.err).count("epoll_")


class Nothing:
    """A process that only sleeps, started and ended like a tool: what the method itself shows where nothing is."""
    needs = {}
    pairs = 40

    def command(self, _pid):
        return ["sleep", 600]

    def ready(self, _process, _programs):
        return True

    def measured(self, _process):
        return True


TOOLS = {"loopstall": Loopstall, "bpftrace": Bpftrace, "strace": Strace, "nothing": Nothing}


def tool_named(name, loopstall):
    if name == "loopstall":
        if not os.access(loopstall, os.X_OK):
            raise Failed(f"{loopstall} is no program; build it, or say where it is: --loopstall PATH")
        return Loopstall(os.path.abspath(loopstall))
    tool = TOOLS[name]()
    lacking = [package for program, package in tool.needs.items() if not shutil.which(program)]
    if lacking:
        raise Failed(f"missing; run: apt-get install -y --no-install-recommends {' '.join(lacking)}")
    return tool


class Attached:
    """with Attached(...): the tool is in place and has settled; after it, the kernel has let go of its programs."""
    SETTLE = 0.15
    ROUNDS = 20

    def __init__(self, processes, tool, pid):
        self._processes, self._tool, self._pid = processes, tool, pid

    def __enter__(self):
        before = bpf.programs()
        self._process = self._processes.start(self._tool.command(self._pid), name=type(self._tool).__name__.lower())
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
