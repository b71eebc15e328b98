"""The trace that Perfetto opens."""
import json
import pathlib

import jsonschema

from expected import check, equal

SCHEMA = pathlib.Path(__file__).resolve().parent / "trace.schema.json"


def check_causes(stall, causes):
    end = stall["ts"] + stall["dur"] + 1e-3
    inside = [c for c in causes if stall["ts"] - 1e-3 <= c["ts"] and c["ts"] + c["dur"] <= end
              and (c["pid"], c["tid"]) == (stall["pid"], stall["tid"])]
    check(sum(c["args"]["ns"] for c in inside) in (0, stall["args"]["busy_ns"]), "causes add up to their stall")
    return len(inside)


def check_steps(events):
    open_steps = {}
    for event in events:
        if event["ph"] == "b":
            check(event["id"] not in open_steps, "an id twice")
            open_steps[event["id"]] = event["ts"]
        elif event["ph"] == "e":
            check(open_steps.pop(event["id"]) <= event["ts"], "a step that ends before it begins")
    check(not open_steps, "a step without an end")


def check_perfetto(path, expected):
    document = json.loads(path.read_text(encoding="ascii"))
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    events, other = document["traceEvents"], document["otherData"]
    stalls = [e for e in events if e["ph"] == "X" and e["cat"] == "stall"]
    causes = [e for e in events if e["ph"] == "X" and e["cat"] == "cause"]
    equal(len(stalls) + other["stalls_not_shown"], expected.stalls, "stalls")
    equal(sum(s["args"]["busy_ns"] for s in stalls) + other["stalls_not_shown_ns"], expected.ns, "their time")
    if len(stalls) < 100:
        equal(sum(check_causes(stall, causes) for stall in stalls), len(causes), "causes that lie in a stall")
    check_steps(events)
    threads = {(e["pid"], e["tid"]) for e in events if e["name"] == "thread_name"}
    check({(s["pid"], s["tid"]) for s in stalls} <= threads, "a stall on a thread without a name")
