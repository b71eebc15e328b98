"""A page of a report held against the JSON report of the same session: what the tests of such pages share."""
import json
import unittest

from page import Page

# Filled by a test's setUpModule: "directory" (a TemporaryDirectory with NAME.html and NAME.json), "driver", "reason" (why
# there is none).
MADE = {}


def path_of(name):
    return f"{MADE['directory'].name}/{name}.html"


def json_of(name):
    with open(f"{MADE['directory'].name}/{name}.json", encoding="utf-8") as file:
        return json.load(file)


def at(value, path):
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def duration(ns):
    """As the reports write it: three digits and a unit."""
    if ns < 1000:
        return f"{ns} ns"
    for unit, name, limit in ((10**3, "us", 1000), (10**6, "ms", 1000), (10**9, "s", 60)):
        for decimals in (2, 1, 0):
            scaled = (ns * 10**decimals + unit // 2) // unit
            if scaled >= limit * 10**decimals:
                break
            if scaled < 1000 or decimals == 0:
                return f"{scaled / 10**decimals:.{decimals}f} {name}"
    minutes, seconds = divmod((ns + 500_000_000) // 10**9, 60)
    return f"{minutes}m {seconds:02}s"


class BrowserTest(unittest.TestCase):
    longMessage = True
    maxDiff = None

    def setUp(self):
        if MADE["reason"]:
            self.skipTest(MADE["reason"])

    def open(self, name, **options):
        page = Page(MADE["driver"], path_of(name), **options)
        self.addCleanup(lambda: self.assertEqual([], page.faults(), name))
        return page

    def check_tables(self, page, report):
        for caption in ("culprits", "tasks", "stalls"):
            if report[caption]:
                self.check_table(page.cells(caption), report[caption], caption)
        if report.get("requests"):
            self.check_table(page.cells("requests"), report["requests"], "requests")
        if len(report["loops"]) > 1:
            self.check_table(page.cells("loops"), report["loops"], "loops")
        page.run("for (const d of document.querySelectorAll('details')) d.open = true")
        page.settle()
        for loop, rows in enumerate(page.run("""return [...document.querySelectorAll('table.percentiles')].map((t) =>
                [...t.querySelectorAll('td')].map((c) => [c.dataset.key, c.dataset.value, c.textContent]))""")):
            for key, value, text in rows:
                self.assertEqual(at(report["loops"][loop], key), json.loads(value), key)
                distribution = at(report["loops"][loop], key.rpartition(".")[0])
                counted = distribution.get("count", report["loops"][loop]["iterations"])
                self.assertEqual(duration(int(value)) if counted else "–", text)
        lost = {row[0]: int(row[1]) for row in page.run("""return [...document.querySelectorAll('table.lost td[data-key]')].map((c) =>
                [c.dataset.key.replace('lost.', ''), c.dataset.value])""")}
        self.assertEqual({key: n for key, n in report["lost"].items() if n}, lost)

    def check_table(self, rows, expected, caption):
        self.assertEqual(list(range(len(expected))), sorted(row["index"] for row in rows), caption)
        for row in rows:
            truth = expected[row["index"]]
            for key, cell in row["cells"].items():
                wanted = (truth["causes"][0]["kind"] if truth["causes"] else None) if key == "causes" else at(truth, key)
                self.assertEqual(wanted, cell["value"], f"{caption} {row['index']} {key}")
                self.check_text(key, cell, truth)

    def check_text(self, key, cell, truth):
        if key.endswith("_ns") and not key.startswith(("split.", "start_")):
            shown = "–" if cell["value"] is None else duration(cell["value"])
            self.assertEqual(shown, cell["text"].replace("≥ ", ""))
        if key in ("name", "culprit.name") and cell["value"]:
            shown = (truth.get("handler") or truth)["name"] if key == "name" else cell["value"]
            self.assertIn(shown, cell["text"])
