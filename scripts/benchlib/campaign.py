"""A whole run: every chosen server under every chosen tool, then loopstall's own cost."""
import json
import os
import sys
import tempfile
from contextlib import contextmanager
from http.client import HTTPException
from types import SimpleNamespace

from . import machine, own, own_evidence, windows
from .processes import ALL_CPUS, Failed, Processes
from .selection import prepare
from .sides import sides


def plan_for(chosen, pairs, window=0.2):
    pairs = 2 if chosen.quick else chosen.pairs or pairs
    return SimpleNamespace(pairs=pairs, block=4 if pairs > 40 else 2, window=window, warm_up=1 if chosen.quick else 2,
                           latency_runs=min(chosen.latency_runs, 1) if chosen.quick else chosen.latency_runs,
                           latency_seconds=1 if chosen.quick else 3, own_seconds=2 if chosen.quick else 10,
                           starts=2 if chosen.quick else 10, server_cpu=ALL_CPUS[0], load_cpu=ALL_CPUS[-1])


@contextmanager
def fresh():
    with tempfile.TemporaryDirectory(prefix="loopstall-bench-") as directory, Processes(directory) as processes:
        os.chmod(directory, 0o755)  # nginx' worker is another user
        yield processes


def limits(server, tool_name, against):
    if tool_name == "loopstall-tasks":
        return {"limit": server.task_limit, "least_rps": None}
    if tool_name == "loopstall-queues" and against == "loopstall":
        return {"limit": server.queue_limit, "least_rps": None}
    judged = tool_name == "loopstall" and not against
    return {"limit": server.limit if judged else None, "least_rps": server.least_rps if judged else None}


def cell(name, tool_name, chosen):
    """A fresh server for each, so that none inherits what another did to it."""
    server, tool, against = chosen.servers[name], chosen.tools[tool_name], chosen.opponent
    plan = plan_for(chosen, max(tool.pairs, against.pairs if against else 0), server.window)
    with fresh() as processes:
        found = windows.measure(sides(processes, server, tool, against, plan), processes, plan)
    return {"server": name, "tool": tool_name, "against": chosen.against, **limits(server, tool_name, against), **found}


def own_cost(chosen):
    loopstall = chosen.tools["loopstall"]
    with fresh() as processes:
        return own.measure_own(processes, loopstall.path, plan_for(chosen, loopstall.pairs))


def own_evidence_cost(name, chosen):
    with fresh() as processes:
        return own_evidence.measure(processes, chosen.tools["loopstall"].path, chosen.servers[name],
                                    plan_for(chosen, 1))


def attempt(results, what, step, optional=False):
    """One failure must not cost the hour before it."""
    print(f"bench: {what}", file=sys.stderr)
    try:
        return step()
    except (Failed, OSError, HTTPException) as failure:
        print(f"bench: {failure}", file=sys.stderr)
        results["left_out" if optional else "failed"].append(f"{what}: {failure}")
        return None


def measure_cells(results, chosen):
    for name, server in chosen.servers.items():
        for tool_name, tool in chosen.tools.items():
            if tool.python_only and not server.python:
                continue
            what = f"{name} under {tool_name}" + (f" against {chosen.against}" if chosen.against else "")
            found = attempt(results, what, lambda: cell(name, tool_name, chosen), tool.optional)
            results["cells"] += [found] if found else []
            save(chosen, results)


def measure(chosen):
    prepare(chosen)
    results = {"machine": machine.describe(chosen.servers, chosen.tools), "cells": [], "own": None,
               "own_evidence": {}, "failed": [], "left_out": chosen.left_out}
    measure_cells(results, chosen)
    if chosen.own:
        results["own"] = attempt(results, "loopstall's own cost", lambda: own_cost(chosen))
        for name in [name for name, server in chosen.servers.items() if server.least_rps]:
            found = attempt(results, f"loopstall's own cost on {name}", lambda: own_evidence_cost(name, chosen))
            results["own_evidence"].update({name: found} if found else {})
    return results


def save(chosen, results):
    if chosen.json:
        with open(chosen.json, "w") as file:
            json.dump(results, file, indent=1)
