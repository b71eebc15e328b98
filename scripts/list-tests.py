#!/usr/bin/env python3
"""list-tests.py JUNIT: what was skipped and why, and the counts. Exit code 1 if something was skipped that
LOOPSTALL_REQUIRE_LIVE=1 requires: all but what a test calls "NOT HERE", as there is nothing here to test it on."""
import os
import re
import sys
import xml.etree.ElementTree as xml


def skips_of(case):
    """(kind, test, reason) of a ctest entry: of the whole, or of single cases in it."""
    output = case.findtext("system-out") or ""
    found = re.findall(r"^(SKIP|NOT HERE): ([^:\n]+): (.+)$", output, re.MULTILINE)
    if not found and case.get("status") in ("notrun", "disabled"):
        skipped = case.find("skipped")
        found = [("SKIP", "", (skipped.get("message") if skipped is not None else None) or "not run")]
    return [(kind, f"{case.get('name')} {test}".strip(), reason) for kind, test, reason in found]


def print_skips(skips):
    """Under each reason the tests that it kept from running."""
    print(f"\nSkipped here ({len(skips)}):")
    for reason in dict.fromkeys(reason for _, _, reason in skips):
        print(f"  {reason}")
        for test in (test for _, test, why in skips if why == reason):
            print(f"    {test}")


def main(path):
    if not os.path.exists(path):
        print(f"no test results at {path}")
        return 1
    cases = xml.parse(path).getroot().findall("testcase")
    skips = [skip for case in cases for skip in skips_of(case)]
    if skips:
        print_skips(skips)
    status = [case.get("status") for case in cases]
    print(f"\n{status.count('run')} passed, {status.count('fail')} failed, {status.count('notrun')} skipped")
    required = any(kind == "SKIP" for kind, _, _ in skips)
    return 1 if required and os.environ.get("LOOPSTALL_REQUIRE_LIVE") == "1" else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
