"""Runs `loopstall check` and looks afterwards whether anything that it started is still there."""
import contextlib
import os
import pathlib
import uuid

import harness

PROJECT = harness.HERE.parent / "check_project"


class Marked:
    """Processes that inherit a word in their environment: whoever has it was started by this check."""

    def __init__(self):
        self.word = f"LOOPSTALL_TEST_MARK={uuid.uuid4()}"
        name, value = self.word.split("=")
        self.environment = {name: value}

    def alive(self):
        return [pid for pid in filter(str.isdigit, os.listdir("/proc")) if self._has_word(pid) and int(pid) != os.getpid()]

    def _has_word(self, pid):
        with contextlib.suppress(OSError):
            return self.word.encode() in pathlib.Path(f"/proc/{pid}/environ").read_bytes()
        return False


class CheckTest(harness.LiveTest):
    def check(self, *arguments, limit=90, env=None):
        """Its outcome; nothing that it started is left."""
        mark = Marked()
        outcome = harness.loopstall("check", *arguments, limit=limit, env={**os.environ, **mark.environment, **(env or {})},
                                    cwd=self.directory)
        self.assertEqual([], mark.alive(), f"left over from check {arguments}\n{outcome.stderr}")
        return outcome

    def write(self, name, text):
        path = pathlib.Path(self.directory) / name
        path.write_text(text)
        return path


def verdicts(report):
    return {finding["name"]: finding["verdict"] for finding in report["findings"]}


def not_passed(report):
    return [f"{f['name']}: {f['verdict']}: {f['why']}" for f in report["findings"] if f["verdict"] != "pass"]


def blamed(report):
    """Names of the culprits of what did not pass."""
    places = {place for f in report["findings"] if f["verdict"] != "pass" for place in f["culprits"]}
    return {report["culprits"][place]["culprit"]["name"] for place in places}
