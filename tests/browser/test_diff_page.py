#!/usr/bin/env python3
"""The page of `loopstall diff` in a real browser: its values are those of diff's JSON, and the flame graph can be used."""
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "live"))
import harness  # noqa: E402
from page import NARROW, WIDE, open_browser  # noqa: E402
from report_page import MADE, BrowserTest, at, json_of  # noqa: E402

WRITER = os.environ.get("LOOPSTALL_WRITE_DIFF", str(harness.ROOT / "build/tests/browser/write_diff"))
NAMES = ("diff", "waiting", "requests")  # the second and third with queue delay


def setUpModule():
    MADE["directory"] = tempfile.TemporaryDirectory(prefix="loopstall-browser-")
    subprocess.run([WRITER, MADE["directory"].name], check=True)
    MADE["driver"], MADE["reason"] = open_browser(MADE["directory"].name)


def tearDownModule():
    if MADE.get("driver"):
        MADE["driver"].quit()
    MADE["directory"].cleanup()


class DiffPage(BrowserTest):
    def test_nothing_is_amiss(self):
        for name in NAMES:
            for size in (WIDE, NARROW):
                for dark in (False, True):
                    with self.subTest(name=name, size=size, dark=dark):
                        page = self.open(name, size=size, dark=dark)
                        page.run("for (const b of document.querySelectorAll('.open-row')) b.click()")
                        page.settle()
                        self.assertEqual([], page.misplaced())
                        self.assertNotEqual("hit", page.run("return document.title"))
                        if size == WIDE:
                            self.assertEqual(["table-cell"], page.run(
                                "return [...new Set([...document.querySelectorAll('tr[data-index] td')].map((c) => getComputedStyle(c).display))]"))

    def test_the_tables_are_the_json(self):
        for name in NAMES:
            page, truth = self.open(name), json_of(name)
            self.assertEqual(name == "requests", "requests" in truth)
            self.assertEqual(name == "requests", bool(page.all("#requests")))
            for caption in ("tasks", "loops", *(["requests"] if "requests" in truth else [])):
                rows = page.cells(caption)
                self.assertEqual(len(truth[caption]), len(rows))
                for row in rows:
                    for key, cell in row["cells"].items():
                        if key != "who":
                            self.assertEqual(at(truth[caption][row["index"]], key), cell["value"], key)
            self.assertEqual("worse", page.cells("tasks")[0]["cells"]["verdict"]["value"])

    def test_blame_stands_where_it_was_measured(self):
        for name, columns in zip(NAMES, (0, 1, 1)):
            self.assertEqual(columns, len(self.open(name).all("#tasks th button[data-key='after.blame.ns_per_s']")))

    def test_the_flame_graph_draws_steps_and_stalls(self):
        for name, kinds in zip(NAMES, (("tasks", "stalls"), ("tasks", "blame", "stalls"), ("tasks", "blame", "stalls"))):
            page = self.open(name)
            self.assertEqual(sorted(kinds), sorted(page.run("return [...document.querySelectorAll('#flame option')].map((o) => o.value)")))
            for kind in kinds:
                page.run("const s = document.querySelector('#flame select'); s.value = arguments[0]; "
                         "s.dispatchEvent(new Event('change'))", kind)
                page.settle()
                self.assertGreater(int(page.run("return document.querySelector('.flame-stage').dataset.boxes")), 2)
            self.assertIn("gone", page.text(".flame-about"))  # only the first session has stalls


if __name__ == "__main__":
    harness.main()
