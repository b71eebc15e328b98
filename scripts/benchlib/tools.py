"""What is compared: loopstall and what a reader would pick instead; each attaches to a pid and is ended by SIGINT."""
import os
import shutil

from .processes import parsed, text

# For each thread a histogram of the time from the return of epoll_wait to its next call, as a user would type it.
GAP = """
tracepoint:syscalls:sys_exit_epoll_wait, tracepoint:syscalls:sys_exit_epoll_pwait /pid == PID/ { @s[tid] = nsecs; }
tracepoint:syscalls:sys_enter_epoll_wait, tracepoint:syscalls:sys_enter_epoll_pwait /@s[tid]/ {
  @gap[tid] = hist(nsecs - @s[tid]); delete(@s[tid]); }
"""


class Tool:
    needs = {}  # program: the package that has it
    version = None  # the command that tells it
    pairs = 20
    optional = False  # left out, and said so, where it is missing or can not do this server
    python_only = False
    environment = ()  # NAME=VALUE; if any, it is no process: the server is started anew with these

    def lacking(self):
        return [package for program, package in self.needs.items() if not shutil.which(program)]


class Loopstall(Tool):
    """All of it, evidence too."""
    pairs = 300
    options = ()

    def __init__(self, path):
        self.path = path
        self.version = [path, "--version"]

    def command(self, pid, _directory):
        return [self.path, "attach", pid, "-d", "5m", "--json", *self.options]

    def ready(self, process, _programs):
        return "measuring" in text(process.err)

    def measured(self, process):
        return sum(loop["iterations"] for loop in parsed(process)["loops"])


class LoopstallCounts(Loopstall):
    """Each iteration is timed, nothing is looked at."""
    options = ("--no-evidence",)


class LoopstallStacks(Loopstall):
    """Nothing is put into the server: no task steps."""
    options = ("--tasks", "off")


class LoopstallQueues(Loopstall):
    """Besides, how long sockets wait to be read."""
    options = ("--queue-delay",)


class LoopstallRequests(Loopstall):
    """Besides, each request is named."""
    options = ("--requests",)


class LoopstallTasks(Loopstall):
    """Every task step is counted, whatever that costs."""
    options = ("--tasks", "on")

    def measured(self, process):
        return sum(loop["tasks"]["steps"] for loop in parsed(process)["loops"] if loop["tasks"])


class Bpftrace(Tool):
    needs = {"bpftrace": "bpftrace"}
    version = ["bpftrace", "--version"]

    def command(self, pid, _directory):
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


class Strace(Tool):
    needs = {"strace": "strace"}
    version = ["strace", "--version"]

    def command(self, pid, _directory):
        return ["strace", "-c", "-f", "-p", pid]

    def ready(self, process, _programs):
        return "attached" in text(process.err)

    def measured(self, process):
        return text(process.err).count("epoll_")


class Nothing(Tool):
    """A process that only sleeps, started and ended like a tool: what the method itself shows where nothing is."""
    pairs = 40

    def command(self, _pid, _directory):
        return ["sleep", 600]

    def ready(self, _process, _programs):
        return True

    def measured(self, _process):
        return True
