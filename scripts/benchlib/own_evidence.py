"""What loopstall itself takes where it has something to explain: its CPU, and what it said."""
import re
import time

from .own import session
from .processes import Failed, text
from .running import Running
from .sides import under_load


def sleeps(pid):
    """How often its first thread, the loop, has slept."""
    return int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", text(f"/proc/{pid}/task/{pid}/status"), re.M).group(1))


def reading(server):
    return server.counter.read().requests, sleeps(server.pid), time.monotonic()


def measure(processes, loopstall, kind, plan):
    server = Running(processes, kind, plan.server_cpu)
    with under_load(processes, server, plan):
        before = reading(server)
        report, _, outside = session(processes, loopstall, server.pid, plan.own_seconds)
        requests, switches, seconds = (b - a for a, b in zip(before, reading(server)))
    stalls, duration_s = report["stalls_total"], report["session"]["duration_ns"] / 1e9
    if not stalls:
        raise Failed("loopstall saw no stall of a server that has them")
    lost = report["lost"]
    return {"seconds": plan.own_seconds, "stalls_per_s": stalls / duration_s, "rps": requests / seconds,
            "switches_per_s": switches / seconds, "explained": report["stalls_explained"] / stalls,
            "withheld": lost["samples_withheld"], "lost": lost["samples_lost"],
            "collector_cpu_share": report["cost"]["collector_cpu_ns"] / duration_s / 1e9,
            "collector_cpu_share_seen_from_outside": outside}
