"""OpenMetrics and CSV."""
import unicodedata
from decimal import Decimal

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from expected import check, equal, records


def families(path):
    text = path.read_bytes().decode("utf-8")
    check(text.endswith("\n# EOF\n"), "no # EOF")
    found = {family.name: family for family in text_string_to_metric_families(text)}
    check(all(f.documentation and f.type in ("gauge", "histogram") for f in found.values()), "a family without a help")
    return found


def values(text, name, suffix=""):
    """As written, for a float has less digits than a nanosecond."""
    start = f"loopstall_{name}{suffix}"
    lines = (line.rsplit(" ", 1) for line in text.splitlines() if line.startswith((start + "{", start + " ")))
    return [Decimal(value) for _, value in lines]


def check_openmetrics(path, expected):
    text, found, report = path.read_text(encoding="utf-8"), families(path), expected.report
    equal(found["loopstall_stalls"].samples[0].value, expected.stalls, "stalls")
    equal(sum(values(text, "stall_time_seconds")) * 10**9, expected.ns, "their time")
    equal(sum(values(text, "loop_busy_seconds", "_count")), sum(l["iterations"] for l in report["loops"]), "iterations")
    equal(sum(values(text, "loop_busy_seconds", "_sum")) * 10**9, sum(l["busy"]["sum_ns"] for l in report["loops"]),
          "busy time")
    equal(sum(values(text, "task_steps")), sum(t["steps"]["count"] for t in report["tasks"]), "steps")
    equal(sum(values(text, "task_hold_seconds")) * 10**9, sum(t["steps"]["sum_ns"] for t in report["tasks"]), "hold time")
    equal(sum(values(text, "culprit_time_seconds")) * 10**9, sum(c["total_ns"] for c in report["culprits"]), "culprits")
    check_request_metrics(text, report)


def held(requests, key, missing=0):
    return [request["held"][key] if request["held"] else missing for request in requests]


def check_request_metrics(text, report):
    """Rows in the order of the labels: those of the report in any."""
    requests, reads = report.get("requests", []), report.get("request_reads", {})
    for name, scale, wanted in (("requests", 1, [r["count"] for r in requests]), ("requests_timed", 1, held(requests, "count")),
                                ("request_hold_seconds", 10**9, held(requests, "sum_ns")),
                                ("request_longest_hold_seconds", 10**9, held(requests, "max_ns")),
                                ("reads_encrypted", 1, [reads["encrypted"]] if reads else []),
                                ("reads_not_told", 1, [reads["not_told"]] if reads else [])):
        equal(sorted(value * scale for value in values(text, name)), sorted(wanted), name)


def table(path):
    rows = records(path)
    for row in rows:
        check(None not in row and None not in row.values(), "a record with too many or too few fields")
        for cell in row.values():
            check(not cell.startswith(("=", "+", "-", "@")), f"a formula: {cell[:40]!r}")
            check(not any(unicodedata.category(c) in ("Cc", "Cf") for c in cell), f"controls in {cell[:40]!r}")
    return rows


def check_csv(path, expected):
    rows = table(path)
    equal(sum(int(r["stalls"]) for r in rows), expected.stalls, "stalls")
    equal(sum(int(r["busy_ns"]) for r in rows), expected.ns, "their time")
    equal([int(r["start_ns"]) for r in rows if r["start_ns"]], [s["start_ns"] for s in expected.report["stalls"]], "starts")
    kinds = [(s.get("culprit") or {}).get("name", "") == "" for s in expected.report["stalls"]]
    equal([r["culprit"] == "" for r in rows[:len(kinds)]], kinds, "who is named")
    check_blame(rows[:len(kinds)], [s["delayed"] for s in expected.report["stalls"]], "delayed")


def check_blame(rows, blames, name):
    """Empty where queue delay was not measured."""
    for column, key in ((f"{name}_ns", "total_ns"), (f"{name}_max_ns", "max_ns"), (f"{name}_sockets", "sockets")):
        equal([r[column] for r in rows], [str(blame[key]) if blame else "" for blame in blames], column)


def check_csv_tasks(path, expected):
    rows, tasks = table(path), expected.report["tasks"]
    for column, of in (("steps", lambda t: t["steps"]["count"]), ("hold_ns", lambda t: t["steps"]["sum_ns"]),
                       ("p99_ns", lambda t: t["steps"]["p99_ns"]), ("stalls", lambda t: t["stalls"])):
        equal([int(r[column]) for r in rows], [of(t) for t in tasks], column)
    check_blame(rows, [t["blame"] for t in tasks], "blame")


def check_csv_requests(path, expected):
    rows, requests = table(path), expected.report.get("requests", [])
    for column, wanted in (("protocol", [r["protocol"] for r in requests]), ("cut", [str(int(r["cut"])) for r in requests]),
                           ("count", [str(r["count"]) for r in requests]), ("timed", [str(n) for n in held(requests, "count")])):
        equal([row[column] for row in rows], wanted, column)
    for column, key in (("held_ns", "sum_ns"), *((key, key) for key in ("min_ns", "p50_ns", "p90_ns", "p99_ns", "p999_ns", "max_ns"))):
        equal([row[column] for row in rows], [str(n) for n in held(requests, key, "")], column)
