"""Results -> a table for people, and the block in docs/overhead.md. Pure, but for the file."""
from .machine import sentence
from .own_report import evidence_rows, own_rows
from .processes import Failed, text
from .statistics import at_least, differs, median, within

BEGIN, END = "<!-- scripts/bench --markdown: begin -->", "<!-- scripts/bench --markdown: end -->"
HEADINGS = ["server", "tool", "pairs", "CPU/request", "change", "ratio", "limit", "requests/s", "p99", "ratio"]


def spread(found, style):
    """With too few groups there is no interval."""
    return "[?]" if found["low"] is None else f"[{found['low']:{style}}, {found['high']:{style}}]"


def change(found):
    return f"{found['median']:+.2f} us {spread(found, '+.2f')}"


def ratio(found):
    return f"x{found['median']:.3f} {spread(found, '.3f')}"


def limit(cell):
    if not cell.get("limit"):
        return differs(cell["cpu_us_change"]) if cell.get("against") else "-"
    unit, most = cell["limit"]
    said = f"{'+' if unit == 'us' else 'x'}{most:g}{' us' if unit == 'us' else ''}: {within(cell['limit'], cell)}"
    least = cell.get("least_rps")
    return said + (f"; requests/s x{least:g}: {at_least(least, cell['rps_ratio'])}" if least else "")


def tool(cell):
    return f"{cell['tool']} against {cell['against']}" if cell.get("against") else cell["tool"]


def p99(runs):
    """Alone: the median of the runs. The ratio of neighbouring runs: median and range."""
    if not runs:
        return ["-", "-"]
    ratios = [on / off for off, on in runs]
    return [f"{median([off for off, _ in runs]):.2f} ms",
            f"x{median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f}, n={len(ratios)})"]


def row(cell):
    return [cell["server"], tool(cell), f"{cell['pairs']} in {cell['groups']}", f"{cell['cpu_us_off']:.2f} us",
            change(cell["cpu_us_change"]), ratio(cell["cpu_ratio"]), limit(cell), ratio(cell["rps_ratio"]),
            *p99(cell["p99_runs_ms"])]


def tables(results):
    found = [[HEADINGS] + [row(cell) for cell in results["cells"]]] if results["cells"] else []
    found += [own_rows(results["own"])] if results["own"] else []
    return found + ([evidence_rows(results["own_evidence"])] if results["own_evidence"] else [])


def left_out(results):
    return [f"Left out: {'; '.join(results['left_out'])}."] if results["left_out"] else []


def as_text(results):
    parts = [sentence(results["machine"])]
    for table in tables(results):
        widths = [max(len(line[i]) for line in table) for i in range(len(table[0]))]
        parts.append("\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in table))
    return "\n\n".join(parts + left_out(results)) + "\n"


def as_markdown(results):
    parts = [sentence(results["machine"])]
    for head, *lines in tables(results):
        rows = [head, ["---"] * len(head), *lines]
        parts.append("\n".join("| " + " | ".join(line) + " |" for line in rows))
    return "\n\n".join(parts + left_out(results))


def rewrite(path, results):
    """Replaces what stands between the markers; all else in the file stays."""
    document = text(path)
    if document.count(BEGIN) != 1 or document.count(END) != 1:
        raise Failed(f"{path}: the lines '{BEGIN}' and '{END}' must be there, once each")
    before, rest = document.split(BEGIN)
    with open(path, "w") as file:
        file.write(before + BEGIN + "\n" + as_markdown(results) + "\n" + END + rest.split(END)[1])


def joined(parts):
    """Results of several runs as one; a later cell for the same server and tools replaces the earlier."""
    cells = {(cell["server"], tool(cell)): cell for part in parts for cell in part["cells"]}
    own = [part["own"] for part in parts if part["own"]]
    machine = dict(parts[-1]["machine"])
    machine["versions"] = {k: v for part in parts for k, v in part["machine"]["versions"].items()}
    return {"machine": machine, "cells": list(cells.values()), "own": own[-1] if own else None,
            "own_evidence": {k: v for part in parts for k, v in part.get("own_evidence", {}).items()},
            "failed": [failure for part in parts for failure in part["failed"]],
            "left_out": sorted({missed for part in parts for missed in part.get("left_out", [])})}
