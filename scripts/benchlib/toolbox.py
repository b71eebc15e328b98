"""Tools by their names."""
import os

from .peers import AsyncioDebug, Austin, PerfDwarf, PySpy, Restart
from .processes import Failed
from .tools import (Bpftrace, Loopstall, LoopstallCounts, LoopstallQueues, LoopstallRequests, LoopstallStacks,
                    LoopstallTasks, Nothing, Strace)

TOOLS = {"loopstall": Loopstall, "loopstall-counts": LoopstallCounts, "loopstall-stacks": LoopstallStacks,
         "loopstall-queues": LoopstallQueues, "loopstall-requests": LoopstallRequests,
         "loopstall-tasks": LoopstallTasks, "bpftrace": Bpftrace, "strace": Strace,
         "nothing": Nothing, "py-spy": PySpy, "austin": Austin, "perf-dwarf": PerfDwarf, "asyncio-debug": AsyncioDebug,
         "restart": Restart}
ONLY_IF_ASKED = ["loopstall-counts", "loopstall-queues", "loopstall-requests", "loopstall-stacks", "loopstall-tasks"]
ATTACHED = [name for name, tool in TOOLS.items() if not tool.environment]


def tool_named(name, loopstall):
    if issubclass(TOOLS[name], Loopstall):
        if not os.access(loopstall, os.X_OK):
            raise Failed(f"{loopstall} is no program; build it, or say where it is: --loopstall PATH")
        return TOOLS[name](os.path.abspath(loopstall))
    return TOOLS[name]()


def available(names, loopstall):
    """({name: tool}, what is left out and why). An optional tool may be missing, another may not."""
    found, left_out = {}, []
    for name in names:
        tool = tool_named(name, loopstall)
        lacking = " ".join(tool.lacking())
        if lacking and not tool.optional:
            raise Failed(f"missing; run: apt-get install -y --no-install-recommends {lacking}")
        if lacking:
            left_out.append(f"{name}: not installed; it is in the package {lacking}")
        else:
            found[name] = tool
    return found, left_out
