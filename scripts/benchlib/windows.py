"""On/off windows of a server under load, in turn, and what a tool changes between neighbours."""
import time
from collections import namedtuple

from .loads import p99_ms
from .processes import Failed, cpu_ns
from .statistics import interval, median
from .tools import Attached

Window = namedtuple("Window", "cpu_us rps")  # CPU per request, requests per second
Pair = namedtuple("Pair", "off on")


def read(server):
    """The counter first: its answer comes out of the same queue at both ends of a window."""
    requests = server.counter.read()
    return requests, cpu_ns(server.pid), time.monotonic_ns()


def window(before, after):
    requests, cpu, wall = (b - a for a, b in zip(before, after))
    if requests < 2:
        raise Failed("the server answered nothing during a window")
    return Window(cpu / requests / 1e3, requests / wall * 1e9)


def windows(server, count, seconds):
    readings = [read(server)]
    for _ in range(count):
        time.sleep(seconds)
        readings.append(read(server))
    return [window(before, after) for before, after in zip(readings, readings[1:])]


def neighbours(before, on, after):
    """Pairs of the nearest windows: the earlier half of `on` with the end of `before`, the later half with the start
    of `after`. Each window is in one pair, and a drift of the machine falls on both sides alike."""
    half = len(on) // 2
    earlier = [Pair(before[-1 - i], on[i]) for i in range(half)]
    later = [Pair(after[i], on[-1 - i]) for i in range(len(on) - half)]
    return earlier + later


def groups_of_pairs(processes, server, tool, plan):
    """One group for each time the tool was attached. Attaching takes longer than a window, so several go together."""
    groups, before = [], windows(server, plan.block, plan.window)
    for _ in range(-(-plan.pairs // plan.block)):
        with Attached(processes, tool, server.pid):
            on = windows(server, plan.block, plan.window)
        after = windows(server, plan.block, plan.window)
        groups.append(neighbours(before, on, after))
        before = after
    return groups


def latency(processes, server, tool, plan, rates):
    """p99 as clients saw it, in runs with and without the tool in turn: [(off, on)], ms."""
    load, runs = server.server.load(server.port), []
    for _ in range(plan.latency_runs):
        off = p99_ms(processes, load, plan.load_cpu, plan.latency_seconds, rates.off)
        with Attached(processes, tool, server.pid):
            on = p99_ms(processes, load, plan.load_cpu, plan.latency_seconds, rates.on)
        runs.append((off, on))
    return runs


def measure(processes, server, tool, plan):
    """One cell of the table."""
    load = processes.start(server.server.load(server.port).endless(), plan.load_cpu, "load")
    time.sleep(plan.warm_up)
    groups = groups_of_pairs(processes, server, tool, plan)
    processes.end(load)
    pairs = [pair for group in groups for pair in group]
    rates = Pair(*(median([side.rps for side in sides]) for sides in zip(*pairs)))
    runs = latency(processes, server, tool, plan, rates)
    return {
        "pairs": len(pairs),
        "groups": len(groups),
        "cpu_us_off": median([pair.off.cpu_us for pair in pairs]),
        "rps_off": rates.off,
        "cpu_us_change": interval(groups, lambda pair: pair.on.cpu_us - pair.off.cpu_us),
        "cpu_ratio": interval(groups, lambda pair: pair.on.cpu_us / pair.off.cpu_us),
        "rps_ratio": interval(groups, lambda pair: pair.on.rps / pair.off.rps),
        "p99_runs_ms": runs,
        "raw": [[[*pair.off, *pair.on] for pair in group] for group in groups],
    }
