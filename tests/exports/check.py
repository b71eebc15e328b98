#!/usr/bin/env python3
"""Reads exports as those programs would that they are for:   check.py BASE...

Each BASE stands for BASE.json (the report), BASE.folded, BASE.speedscope.json, BASE.perfetto.json, BASE.pb.gz, BASE.om,
BASE.csv, BASE.tasks.csv and BASE.requests.csv, all of the same session. All must be valid and add up to what the report says.
Exit code 0: they do; 1: one does not, each breach on a line; 2: could not look.
Needs python3-jsonschema, python3-prometheus-client and protobuf-compiler.
"""
import pathlib
import sys

try:
    from expected import Breach, Expected
    from stacks import check_folded, check_pprof, check_speedscope
    from tables import check_csv, check_csv_requests, check_csv_tasks, check_openmetrics
    from perfetto import check_perfetto
except ImportError as error:
    print(f"check.py: {error}: scripts/install-deps test installs what is missing", file=sys.stderr)
    sys.exit(2)

CHECKS = {"csv": check_csv, "tasks.csv": check_csv_tasks, "requests.csv": check_csv_requests, "folded": check_folded,
          "speedscope.json": check_speedscope, "perfetto.json": check_perfetto, "pb.gz": check_pprof, "om": check_openmetrics}


def breaches(base):
    expected = Expected(base)
    for ending, check in CHECKS.items():
        path = pathlib.Path(f"{base}.{ending}")
        try:
            check(path, expected)
        except Breach as breach:
            yield f"{path}: {breach}"
        except Exception as error:  # whatever a parser of others throws
            yield f"{path}: {type(error).__name__}: {str(error)[:500]}"


def main(bases):
    found = [breach for base in bases for breach in breaches(base)]
    for breach in found:
        print(breach, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
