"""A whole run: every chosen server under every chosen tool, then loopstall's own cost."""
import json
import os
import sys
import tempfile
from http.client import HTTPException
from types import SimpleNamespace

from . import machine, own, servers, tools, windows
from .processes import ALL_CPUS, Failed, Processes


def plan_for(chosen, tool):
    pairs = 2 if chosen.quick else chosen.pairs or tool.pairs
    return SimpleNamespace(pairs=pairs, block=4 if pairs > 40 else 2, window=0.2, warm_up=1 if chosen.quick else 2,
                           latency_runs=min(chosen.latency_runs, 1) if chosen.quick else chosen.latency_runs,
                           latency_seconds=1 if chosen.quick else 3, own_seconds=2 if chosen.quick else 10,
                           starts=2 if chosen.quick else 10, server_cpu=ALL_CPUS[0], load_cpu=ALL_CPUS[-1])


def cell(name, server, tool_name, tool, chosen):
    """A fresh server for each, so that none inherits what another did to it."""
    print(f"bench: {name} under {tool_name}", file=sys.stderr)
    plan = plan_for(chosen, tool)
    with tempfile.TemporaryDirectory(prefix="loopstall-bench-") as directory, Processes(directory) as processes:
        os.chmod(directory, 0o755)  # nginx' worker is another user
        found = windows.measure(processes, servers.Running(processes, server, plan.server_cpu), tool, plan)
    return {"server": name, "tool": tool_name, "limit": server.limit if tool_name == "loopstall" else None, **found}


def own_cost(loopstall, chosen):
    print("bench: loopstall's own cost", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="loopstall-bench-") as directory, Processes(directory) as processes:
        return own.measure_own(processes, loopstall.path, plan_for(chosen, loopstall))


def prepare(chosen):
    """Everything that is missing is named before the first minute is spent."""
    if os.geteuid() != 0:
        raise Failed("must be root: to trace, and to see which BPF programs are there")
    if len(ALL_CPUS) < 2:
        raise Failed("needs two CPUs: one for the server, one for its clients")
    names = chosen.server or [name for name in servers.SERVERS if name != "uvicorn-uvloop"]
    chosen.servers = {name: servers.server_named(name) for name in names}
    chosen.tools = {name: tools.tool_named(name, chosen.loopstall) for name in chosen.tool or tools.TOOLS}
    chosen.own = "loopstall" in chosen.tools and not chosen.no_own
    if chosen.own:
        servers.server_named("redis")
    # Reading the windows must not disturb the server.
    os.sched_setaffinity(0, [ALL_CPUS[-1]])


def attempt(results, step):
    """One failure must not cost the hour before it."""
    try:
        return step()
    except (Failed, OSError, HTTPException) as failure:
        print(f"bench: {failure}", file=sys.stderr)
        results["failed"].append(str(failure))
        return None


def measure(chosen):
    prepare(chosen)
    results = {"machine": machine.describe(chosen.servers, chosen.tools), "cells": [], "own": None, "failed": []}
    for name, server in chosen.servers.items():
        for tool_name, tool in chosen.tools.items():
            found = attempt(results, lambda: cell(name, server, tool_name, tool, chosen))
            results["cells"] += [found] if found else []
            save(chosen, results)
    if chosen.own:
        results["own"] = attempt(results, lambda: own_cost(chosen.tools["loopstall"], chosen))
    return results


def save(chosen, results):
    if chosen.json:
        with open(chosen.json, "w") as file:
            json.dump(results, file, indent=1)
