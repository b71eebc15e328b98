#!/usr/bin/env python3
"""list-tests.py JUNIT: what was skipped and why, and the counts. Exit code 1 if something was skipped that
LOOPSTALL_REQUIRE_LIVE=1 requires."""
import os
import re
import sys
import xml.etree.ElementTree as xml


def skips_of(case):
    """(test, reason) of a ctest entry: of the whole, or of single cases in it."""
    output = case.findtext("system-out") or ""
    found = re.findall(r"^SKIP: ([^:\n]+): (.+)$", output, re.MULTILINE)
    if not found and case.get("status") in ("notrun", "disabled"):
        skipped = case.find("skipped")
        found = [("", (skipped.get("message") if skipped is not None else None) or "not run")]
    return [(f"{case.get('name')} {test}".strip(), reason) for test, reason in found]


def print_skips(skips):
    """Under each reason the tests that it kept from running."""
    print(f"\nSkipped here ({len(skips)}):")
    for reason in dict.fromkeys(reason for _, reason in skips):
        print(f"  {reason}")
        for test in (test for test, why in skips if why == reason):
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
    return 1 if skips and os.environ.get("LOOPSTALL_REQUIRE_LIVE") == "1" else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
