"""Windows of a server under load, off and on in turn, and what changes between neighbours."""
import time
from collections import namedtuple

from .loads import p99_ms
from .processes import Failed, cpu_ns
from .statistics import interval, median

Window = namedtuple("Window", "cpu_us rps")  # CPU per piece of work, requests per second
Pair = namedtuple("Pair", "off on")


def read(server):
    """The counter first: its answer comes out of the same queue at both ends of a window."""
    counted = server.counter.read()
    return *counted, cpu_ns(server.payer), time.monotonic_ns()


def window(before, after):
    requests, work, cpu, wall = (b - a for a, b in zip(before, after))
    if requests < 2:
        raise Failed("the server answered nothing during a window")
    return Window(cpu / work / 1e3, requests / wall * 1e9)


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


def groups_of_pairs(both, plan):
    """One group for each time that on was set up. That takes longer than a window, so several go together."""
    def block(on):
        with both.busy(on) as server:
            return windows(server, plan.block, plan.window)

    groups, before = [], block(on=False)
    for _ in range(-(-plan.pairs // plan.block)):
        middle, after = block(on=True), block(on=False)
        groups.append(neighbours(before, middle, after))
        before = after
    return groups


def latency(both, processes, plan, rates):
    """p99 as clients saw it, in runs off and on in turn: [(off, on)], ms."""
    def run(on, rate):
        with both.quiet(on) as server:
            return p99_ms(processes, server.server.load(server.port), plan.load_cpu, plan.latency_seconds, rate)

    runs = [(run(False, rates.off), run(True, rates.on)) for _ in range(plan.latency_runs)]
    return [pair for pair in runs if all(pair)]  # wrk says 0 when nothing was answered


def measure(both, processes, plan):
    """One cell of the table."""
    with both.loaded():
        groups = groups_of_pairs(both, plan)
    pairs = [pair for group in groups for pair in group]
    rates = Pair(*(median([side.rps for side in sides]) for sides in zip(*pairs)))
    runs = latency(both, processes, plan, rates)
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
