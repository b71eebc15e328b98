#!/usr/bin/env python3
"""The page of `loopstall diff` in a real browser: its values are those of diff's JSON, and the flame graph can be used."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "live"))
import harness  # noqa: E402
from page import NARROW, WIDE, Page, open_browser  # noqa: E402

WRITER = os.environ.get("LOOPSTALL_WRITE_DIFF", str(harness.ROOT / "build/tests/browser/write_diff"))
MADE = {}


def setUpModule():
    MADE["directory"] = tempfile.TemporaryDirectory(prefix="loopstall-browser-")
    MADE["page"] = f"{MADE['directory'].name}/diff.html"
    subprocess.run([WRITER, MADE["page"]], check=True)
    MADE["driver"], MADE["reason"] = open_browser(MADE["directory"].name)


def tearDownModule():
    if MADE.get("driver"):
        MADE["driver"].quit()
    MADE["directory"].cleanup()


class DiffPage(unittest.TestCase):
    def setUp(self):
        if not MADE["driver"]:
            self.skipTest(MADE["reason"])

    def open(self, **options):
        return Page(MADE["driver"], MADE["page"], **options)

    def test_nothing_is_amiss(self):
        for size in (WIDE, NARROW):
            for dark in (False, True):
                page = self.open(size=size, dark=dark)
                self.assertEqual([], page.faults())
                self.assertLessEqual(page.run("return document.documentElement.scrollWidth - innerWidth"), 0)
                self.assertNotEqual("hit", page.run("return document.title"))

    def test_the_tables_are_the_json(self):
        truth = json.loads(pathlib.Path(MADE["page"] + ".json").read_text())
        page = self.open()
        cells = page.run("return [...document.querySelectorAll('#tasks tbody tr[data-index]')].map(row => [row.dataset.index, "
                         "...[...row.cells].map(cell => [cell.dataset.key, JSON.parse(cell.dataset.value)])])")
        self.assertEqual(len(truth["tasks"]), len(cells))
        for index, *values in cells:
            task = truth["tasks"][int(index)]
            told = dict(values)
            self.assertEqual(task["verdict"], told["verdict"])
            self.assertEqual(task["after"] and task["after"]["count"], told["after.count"])
            self.assertEqual(task["after"] and task["after"]["hold"]["p50_ns"], told["after.hold.p50_ns"])
        self.assertEqual("worse", dict(cells[0][1:])["verdict"])

    def test_the_flame_graph_draws_steps_and_stalls(self):
        page = self.open()
        for kind in ("tasks", "stalls"):
            page.run("const s = document.querySelector('#flame select'); s.value = arguments[0]; "
                     "s.dispatchEvent(new Event('change'))", kind)
            page.settle()
            self.assertGreater(int(page.run("return document.querySelector('.flame-stage').dataset.boxes")), 2)
        self.assertIn("gone", page.text(".flame-about"))  # only the first session has stalls


if __name__ == "__main__":
    harness.main()
