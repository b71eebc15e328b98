"""What an export has to add up to, from the JSON report of the same session, and how a breach is told."""
import csv
import json


class Breach(Exception):
    """An export that is not valid, or disagrees with the report."""


def check(holds, message):
    if not holds:
        raise Breach(message)


def equal(found, wanted, what):
    check(found == wanted, f"{what}: {found!r} instead of {wanted!r}")


def records(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


class Expected:
    """stalls and ns: of all stalls; ns includes what the table of stalls says of those that are not listed."""

    def __init__(self, base):
        with open(f"{base}.json", encoding="utf-8") as file:
            self.report = json.load(file)
        self.stalls = self.report["stalls_total"]
        self.listed = len(self.report["stalls"])
        self.listed_ns = sum(stall["busy_ns"] for stall in self.report["stalls"])
        rest = [r for r in records(f"{base}.csv") if not r["iteration"]]
        self.ns = self.listed_ns + sum(int(r["busy_ns"]) for r in rest)
        check(bool(rest) == (self.stalls != self.listed), "unlisted stalls are told where there are any, and only there")
