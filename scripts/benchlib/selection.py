"""What was asked for, as servers and tools."""
import os

from . import running, toolbox
from .processes import ALL_CPUS, Failed


def named(name, server, python):
    """A row on another Python is another row."""
    return f"{name} ({os.path.basename(os.path.realpath(python))})" if python and server.python else name


def tool_names(chosen):
    every = ["loopstall"] if chosen.against else [n for n in toolbox.TOOLS if n not in toolbox.ONLY_IF_ASKED]
    return chosen.tool or every


def prepare(chosen):
    """Everything that is missing is named before the first minute is spent."""
    if os.geteuid() != 0:
        raise Failed("must be root: to trace, and to see which BPF programs are there")
    if len(ALL_CPUS) < 2:
        raise Failed("needs two CPUs: one for the server, one for its clients")
    names = chosen.server or [name for name in running.SERVERS if name not in running.ONLY_IF_ASKED]
    found = {name: running.server_named(name, chosen.python) for name in names}
    chosen.servers = {named(name, server, chosen.python): server for name, server in found.items()}
    chosen.tools, chosen.left_out = toolbox.available(tool_names(chosen), chosen.loopstall)
    chosen.opponent = toolbox.tool_named(chosen.against, chosen.loopstall) if chosen.against else None
    chosen.own = "loopstall" in chosen.tools and not chosen.no_own and not chosen.against
    if chosen.own:
        running.server_named("redis")
    # Reading the windows must not disturb the server.
    os.sched_setaffinity(0, [ALL_CPUS[-1]])
