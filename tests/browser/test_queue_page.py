#!/usr/bin/env python3
"""The pages of a session with queue delay: a FastAPI server under uvicorn, measured twice with --queue-delay, the second
time with a slower handler. What the pages show is held against the JSON of the same recordings."""
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "live"))
import harness  # noqa: E402
import test_diff  # noqa: E402
from page import NARROW, WIDE, open_browser  # noqa: E402
from report_page import MADE, BrowserTest, duration, json_of  # noqa: E402

BEFORE, AFTER = 25, 40  # ms


def loopstall(*arguments):
    subprocess.run([harness.BINARY, *arguments], check=True, timeout=harness.seconds(60))


def make_pages(directory):
    """The reason why there are none, or None."""
    reason = harness.why_not_live() or (not harness.has_module("fastapi") and f"{harness.PYTHON} has no fastapi")
    if reason:
        return reason
    recordings = [test_diff.record(directory, name, ms, seed, "--queue-delay")
                  for seed, (name, ms) in enumerate((("before", BEFORE), ("after", AFTER)))]
    for ending in ("html", "json"):
        loopstall("report", recordings[0], "-f", ending, "-o", f"{directory}/report.{ending}")
        loopstall("diff", *recordings, "-f", ending, "-o", f"{directory}/diff.{ending}")
    report = json_of("report")
    return None if report["loops"][0]["queue"] else "; ".join(report["notes"])


def setUpModule():
    MADE["directory"] = tempfile.TemporaryDirectory(prefix="loopstall-browser-")
    MADE["driver"], MADE["reason"] = open_browser(MADE["directory"].name)
    MADE["reason"] = MADE["reason"] or make_pages(MADE["directory"].name)


def tearDownModule():
    if MADE.get("driver"):
        MADE["driver"].quit()
    MADE["directory"].cleanup()


class Report(BrowserTest):
    def setUp(self):
        super().setUp()
        self.page, self.report = self.open("report"), json_of("report")
        self.assertGreater(len(self.report["stalls"]), 3)

    def test_nothing_overlaps_and_nothing_is_cut_off(self):
        for size in (WIDE, NARROW):
            for dark in (False, True):
                with self.subTest(size=size, dark=dark):
                    page = self.open("report", size=size, dark=dark)
                    page.run("for (const d of document.querySelectorAll('details')) d.open = true")
                    page.run("for (const b of [...document.querySelectorAll('.open-row')].slice(0, 30)) b.click()")
                    page.settle()
                    self.assertEqual([], page.misplaced())

    def test_tables_equal_the_json_report(self):
        self.check_tables(self.page, self.report)

    def test_percentiles_have_what_clients_wait_for(self):
        keys = self.page.run("return [...document.querySelectorAll('table.percentiles td')].map((c) => c.dataset.key)")
        for key in ("busy.p99_ns", "arrival.p99_ns", "queue.delay.p50_ns", "queue.delay.max_ns"):
            self.assertIn(key, keys)
        self.assertEqual(1, len(self.page.all(".chart path.queue[d^='M']")) - len(self.page.all(".legend path.queue")))
        waited = self.report["loops"][0]["queue"]["waited_ns"]
        self.assertIn(f"waited {duration(waited)} in all", self.page.text("#loops"))

    def test_blame_is_the_first_sort(self):
        for table in ("tasks", "culprits"):
            rows = self.page.cells(table)
            blames = [row["cells"]["blame.total_ns"]["value"] for row in rows]
            self.assertEqual(sorted(blames, reverse=True), blames)
            self.assertEqual(list(range(len(rows))), [row["index"] for row in rows], "the order of the JSON report")

    def test_a_stall_tells_who_waited(self):
        stall = next(s for s in self.report["stalls"] if s["delayed"]["sockets"])
        index = self.report["stalls"].index(stall)
        self.page.cells("stalls")  # shows all rows
        self.page.run("document.querySelector(`#stalls tr[data-index='${arguments[0]}'] .open-row`).click()", index)
        delayed, plural = stall["delayed"], "" if stall["delayed"]["sockets"] == 1 else "s"
        self.assertIn(f"Held {duration(stall['busy_ns'])}: {delayed['sockets']} other socket{plural} waited "
                      f"{duration(delayed['total_ns'])} in all", self.page.text("#stalls"))

    def test_the_flame_graph_by_delay(self):
        total = sum(stall["delayed"]["total_ns"] for stall in self.report["stalls"])
        self.assertEqual(self.report["stalls_total"], len(self.report["stalls"]))
        self.choose("width", "delay")
        self.assertIn(f"{duration(total)} · 100 % of all", self.page.text(".flame-about"))
        self.assertIn(f"{duration(total)} in all", self.page.text("#flame .section-head"))
        index = max(range(len(self.report["stalls"])), key=lambda i: self.report["stalls"][i]["delayed"]["total_ns"])
        self.choose("stall", index)
        self.assertIn(f"{duration(self.report['stalls'][index]['delayed']['total_ns'])} · 100 % of all",
                      self.page.text(".flame-about"))
        self.choose("width", "held")
        self.assertIn(f"{duration(self.report['stalls'][index]['busy_ns'])} · 100 % of all", self.page.text(".flame-about"))

    def choose(self, what, value):
        self.page.run("const s = document.querySelector(`.flame select[name='${arguments[0]}']`); s.value = arguments[1]; "
                      "s.dispatchEvent(new Event('change'))", what, value)
        self.page.settle()


class Diff(BrowserTest):
    def test_nothing_overlaps_and_nothing_is_cut_off(self):
        for size in (WIDE, NARROW):
            for dark in (False, True):
                with self.subTest(size=size, dark=dark):
                    self.assertEqual([], self.open("diff", size=size, dark=dark).misplaced())

    def test_blame_and_queue_delay_are_those_of_the_json(self):
        page, diff = self.open("diff"), json_of("diff")
        for caption, column in (("tasks", "blame.ns_per_s"), ("loops", "queue.delay.p99_ns")):
            for row in page.cells(caption):
                item = diff[caption][row["index"]]
                values = [side and self.value(side, column) for side in (item["before"], item["after"])]
                cell = row["cells"][f"after.{column}"]
                self.assertEqual(values[1], cell["value"])
                self.assertEqual(" → ".join("–" if v is None else duration(round(v)) for v in values),
                                 cell["text"].replace("\u00a0", " "))
        self.assertIn("shown, not tested", page.text("#verdict"))

    def value(self, side, path):
        for key in path.split("."):
            side = side and side[key]
        return side

    def test_the_flame_graph_draws_blame(self):
        page = self.open("diff")
        page.run("const s = document.querySelector('#flame select'); s.value = 'blame'; s.dispatchEvent(new Event('change'))")
        page.settle()
        self.assertIn("a second", page.text(".flame-about"))
        self.assertGreater(int(page.run("return document.querySelector('.flame-stage').dataset.boxes")), 2)


if __name__ == "__main__":
    harness.main()
