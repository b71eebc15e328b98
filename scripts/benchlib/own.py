"""What loopstall itself takes: CPU, memory, time to the first counted iteration; on Redis under redis-benchmark."""
import os
import signal
import time

from .loads import RedisLoad
from .processes import Failed, cpu_ns, parsed, peak_rss, text, wait_until
from .running import Running, server_named
from .statistics import median

RATE = 20_000  # iterations per second at which its CPU is judged
MOST_CLIENTS = 8


def session(processes, loopstall, pid, seconds, *options):
    """Runs it to its end: (report, its own peak memory, CPU time between two moments while it measured, as a share)."""
    process = processes.start([loopstall, "attach", pid, "-d", f"{seconds}s", "--json", *options], name="loopstall")
    wait_until(lambda: "measuring" in text(process.err), process)
    peak, cpu, since = peak_rss(process.pid), cpu_ns(process.pid), time.monotonic_ns()
    time.sleep(0.9 * seconds)
    share = (cpu_ns(process.pid) - cpu) / (time.monotonic_ns() - since)
    while process.poll() is None:
        peak = max(peak, rss_if_alive(process.pid))
        time.sleep(0.005)
    processes.end(process)
    return parsed(process), peak, share


def rss_if_alive(pid):
    try:
        return peak_rss(pid)
    except OSError:
        return 0


def rate(report):
    return sum(loop["iterations"] for loop in report["loops"]) / report["session"]["duration_ns"] * 1e9


def clients_for_the_rate(processes, loopstall, server, plan):
    """Redis answers all ready clients in one iteration, so few clients make the most iterations."""
    rates = {}
    for clients in range(1, MOST_CLIENTS + 1):
        load = processes.start(RedisLoad(server.port, clients).endless(), plan.load_cpu, "load")
        rates[clients] = rate(session(processes, loopstall, server.pid, 0.3)[0])
        processes.end(load)
    return min(rates, key=lambda clients: abs(rates[clients] - RATE))


def cpu_and_memory(processes, loopstall, server, plan, clients):
    load = processes.start(RedisLoad(server.port, clients).endless(), plan.load_cpu, "load")
    report, peak, outside = session(processes, loopstall, server.pid, plan.own_seconds)
    processes.end(load)
    cost = report["cost"]
    return {"clients": clients, "iterations_per_s": rate(report), "seconds": plan.own_seconds,
            "collector_cpu_share": cost["collector_cpu_ns"] / report["session"]["duration_ns"],
            "collector_cpu_share_seen_from_outside": outside,
            "peak_rss_bytes": peak, "map_bytes": cost["map_bytes"]}


def to_first_iteration_ms(processes, loopstall, server):
    """From just before the process is made to the end of the first iteration that it counted, on CLOCK_MONOTONIC."""
    trace = os.path.join(processes.directory, "trace")
    began = time.monotonic_ns()
    process = processes.start([loopstall, "attach", server.pid, "-d", "50ms", "--json", "--trace-iterations", trace],
                              name="loopstall")
    wait_until(lambda: process.poll() == 0, process)
    processes.end(process, signal.SIGINT)
    if not text(trace).strip():
        raise Failed("loopstall counted no iteration of a server under load")
    return (int(text(trace).split("\n", 1)[0].split()[2]) - began) / 1e6


def measure_own(processes, loopstall, plan):
    server = Running(processes, server_named("redis"), plan.server_cpu)
    clients = clients_for_the_rate(processes, loopstall, server, plan)
    found = {"busy": cpu_and_memory(processes, loopstall, server, plan, clients)}
    load = processes.start(RedisLoad(server.port).endless(), plan.load_cpu, "load")
    time.sleep(0.3)
    starts = [to_first_iteration_ms(processes, loopstall, server) for _ in range(plan.starts)]
    processes.end(load)
    found["first_iteration_ms"] = {"runs": len(starts), "median": median(starts), "worst": max(starts)}
    return found
