#!/usr/bin/env python3
"""The HTML report in a real browser. The sessions are made up (write_reports), so no BPF is needed, only Chromium.

What the page shows is held against the JSON report of the same session, read from the DOM. Nothing here asserts how
fast something was but one: the median of many zooms, measured in the page, at a limit ten times of what it takes.
"""
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "live"))
import harness  # noqa: E402
from page import NARROW, WIDE, Page, open_browser  # noqa: E402
from report_page import MADE, BrowserTest, duration, json_of, path_of  # noqa: E402

WRITER = os.environ.get("LOOPSTALL_WRITE_REPORTS", str(harness.ROOT / "build/tests/browser/write_reports"))


def setUpModule():
    MADE["directory"] = tempfile.TemporaryDirectory(prefix="loopstall-browser-")
    subprocess.run([WRITER, MADE["directory"].name], check=True)
    MADE["driver"], MADE["reason"] = open_browser(MADE["directory"].name)


def tearDownModule():
    if MADE.get("driver"):
        MADE["driver"].quit()
    MADE["directory"].cleanup()


def names():
    return sorted(path.stem for path in pathlib.Path(MADE["directory"].name).glob("*.html") if path.stem != "scale")


class Everywhere(BrowserTest):
    """On every session that the golden files have, and on the hostile ones."""

    def test_nothing_overlaps_and_nothing_is_cut_off(self):
        for name in names():
            for size in (WIDE, NARROW):
                with self.subTest(name=name, size=size):
                    page = self.open(name, size=size)
                    page.run("for (const d of document.querySelectorAll('details')) d.open = true")
                    page.run("for (const b of [...document.querySelectorAll('.open-row')].slice(0, 30)) b.click()")
                    page.settle()
                    self.assertEqual([], page.misplaced())

    def test_tables_equal_the_json_report(self):
        for name in names():
            with self.subTest(name=name):
                page, report = self.open(name), json_of(name)
                self.check_tables(page, report)


class WithoutQueueDelay(BrowserTest):
    def test_nothing_speaks_of_it(self):
        page = self.open("culprits")
        page.run("for (const d of document.querySelectorAll('details')) d.open = true")
        for word in ("Blame", "arrival", "from data ready"):
            self.assertNotIn(word, page.text("main"))
        self.assertEqual(1, len(page.all(".flame select")))


class Culprits(BrowserTest):
    """The session with one stall of each sort."""

    def setUp(self):
        super().setUp()
        self.page, self.report = self.open("culprits"), json_of("culprits")

    def values(self, caption, key):
        return [row["cells"][key]["value"] for row in self.page.cells(caption)]

    def test_sort(self):
        self.assertEqual(sorted(self.values("stalls", "busy_ns"), reverse=True), self.values("stalls", "busy_ns"))
        button = self.page.one("#culprits th button[data-key='max_ns']")
        self.page.run("arguments[0].click()", button)
        self.assertEqual(sorted(self.values("culprits", "max_ns"), reverse=True), self.values("culprits", "max_ns"))
        self.assertEqual("descending", self.page.run("return arguments[0].parentNode.getAttribute('aria-sort')", button))
        self.page.run("arguments[0].click()", button)
        self.assertEqual(sorted(self.values("culprits", "max_ns")), self.values("culprits", "max_ns"))

    def test_filter(self):
        self.page.type("#culprits input[type=search]", "WALK")
        self.assertEqual(["walk"], self.values("culprits", "culprit.name"))
        self.assertIn("1 of", self.page.text("#culprits .count"))
        self.page.type("#culprits input[type=search]", "no such name")
        self.assertEqual([], self.values("culprits", "culprit.name"))

    def test_a_stall_opens_to_stack_split_cause_and_advice(self):
        from selenium.webdriver.common.keys import Keys
        self.page.focus("#stalls .open-row")
        self.page.press(Keys.ENTER)
        detail = self.page.text("#stalls tr.detail:not([hidden])")
        stall = self.report["stalls"][0]
        for text in (stall["advice"]["text"], stall["advice"]["evidence"], stall["advice"]["remedy"], "blocked",
                     *(frame["function"] for frame in stall["frames"])):
            self.assertIn(text, detail)
        blamed = self.page.run("return [...document.querySelectorAll('#stalls .blamed .name')].map((n) => n.textContent)")
        self.assertEqual([stall["culprit"]["frame"]["name"], stall["culprit"]["handler"]["name"]], blamed)

    def test_a_dot_opens_its_stall(self):
        self.page.run("""const chart = document.querySelector('#stalls .chart svg'), box = chart.getBoundingClientRect();
            const [x, y] = chart.querySelector('.head').getAttribute('d').slice(1).split('h')[0].split(' ').map(Number);
            chart.dispatchEvent(new MouseEvent('click', {clientX: box.left + x, clientY: box.top + y}))""")
        self.assertEqual(1, len(self.page.all("#stalls tr.detail:not([hidden])")))

    def about(self):
        return self.page.text(".flame-about")

    def test_flame_graph_by_keys(self):
        from selenium.webdriver.common.keys import Keys
        total = duration(sum(stall["busy_ns"] for stall in self.report["stalls"]))
        self.assertIn(f"{total} · 100 % of all", self.about())
        self.page.focus(".flame-stage")
        self.page.press(Keys.ARROW_DOWN)
        inner = self.about()
        self.assertNotIn("all stalls", inner)
        self.page.press(Keys.ARROW_RIGHT)
        self.assertNotEqual(inner, self.about())
        self.page.press(Keys.ENTER)
        self.assertTrue(self.page.run("return [...document.querySelectorAll('.flame .tools button')].some((b) => b.textContent === 'Show all' && !b.disabled)"))
        self.page.press(Keys.ESCAPE)
        self.assertIn("all stalls", self.about())
        self.page.press("/")
        self.assertEqual("Search in the flame graph", self.page.run("return document.activeElement.getAttribute('aria-label')"))

    def test_flame_graph_by_clicks(self):
        def click(row):
            self.page.run("""const canvas = document.querySelector('.flame-stage canvas'), box = canvas.getBoundingClientRect();
                canvas.dispatchEvent(new MouseEvent('click', {bubbles: true, clientX: box.left + 30, clientY: box.top + 20 * arguments[0] + 10}))""", row)
            self.page.settle()
        click(1)
        zoomed = self.about()
        self.assertNotIn("all stalls", zoomed)
        click(0)
        self.assertIn("all stalls", self.about())

    def test_one_stall_alone(self):
        for index, stall in list(enumerate(self.report["stalls"]))[:3]:
            self.page.run("const s = document.querySelector('.flame select'); s.value = arguments[0]; s.dispatchEvent(new Event('change'))", index)
            self.assertIn(f"{duration(stall['busy_ns'])} · 100 % of all", self.about())

    def test_search_tells_the_matched_share(self):
        self.page.type(".flame input[type=search]", "load_report")
        share, matched = self.page.text(".matched strong"), self.page.text(".matched")
        total = sum(stall["busy_ns"] for stall in self.report["stalls"])
        held = sum(stall["busy_ns"] for stall in self.report["stalls"] if (stall["culprit"] or {}).get("name") == "load_report")
        self.assertAlmostEqual(held / total, float(share.rstrip(" %")) / 100, delta=0.01, msg=matched)
        self.page.type(".flame input[type=search]", "/walk|thumb/")
        self.assertNotEqual("0 %", self.page.text(".matched strong"))
        self.page.type(".flame input[type=search]", "no such function")
        self.assertEqual("0 %", self.page.text(".matched strong"))

    def test_flames_point_up_and_icicles_down(self):
        def ink(row):
            return self.page.run("""const c = document.querySelector('.flame-stage canvas'), y = arguments[0] ? c.height - 10 : 8;
                const probe = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
                probe.drawImage(c, c.width - 40, y, 1, 1, 0, 0, 1, 1);
                return probe.getImageData(0, 0, 1, 1).data[3]""", row)
        self.assertGreater(ink(0), 0)
        self.page.run("[...document.querySelectorAll('.flame button')].find((b) => b.textContent === 'Flames').click()")
        self.page.settle()
        self.assertGreater(ink(1), 0)
        self.assertEqual(0, ink(0))

    def test_a_cause_alone(self):
        self.page.run("document.querySelector('.causes button[data-sort=gil]').click()")
        self.assertIn("GIL", self.about())
        self.assertEqual("true", self.page.run("return document.querySelector('.causes button[data-sort=gil]').getAttribute('aria-pressed')"))


class Requests(BrowserTest):
    def test_only_where_somebody_asked(self):
        self.assertNotIn("requests", json_of("tasks"))
        self.assertEqual(0, len(self.open("tasks").all("#requests")))

    def test_names_times_and_what_is_not_known(self):
        page, report = self.open("requests"), json_of("requests")
        rows = page.cells("requests")
        self.assertEqual(list(range(len(report["requests"]))), [row["index"] for row in rows], "the order of the JSON report")
        for row in rows:
            truth, text = report["requests"][row["index"]], row["cells"]["name"]["text"]
            self.assertEqual("(others)" if truth["protocol"] == "other" else truth["name"] + "..." * truth["cut"], text)
        requests = sum(row["count"] for row in report["requests"])
        self.assertIn(f"{requests:,} requests, all counted", page.text("#requests"))
        self.assertIn("4,321 reads encrypted", page.text("#requests"))
        self.assertIn("17 reads not told", page.text("#requests"))
        self.assertIn("Requests", page.text("#nav"))

    def test_sort_and_filter(self):
        page = self.open("requests")
        page.run("document.querySelector(`#requests th button[data-key='count']`).click()")
        self.assertEqual("HGETALL", page.cells("requests")[0]["cells"]["name"]["value"])
        page.type("#requests input[type=search]", "/orders")
        self.assertEqual(["POST /orders"], [row["cells"]["name"]["value"] for row in page.cells("requests")])


class Looks(BrowserTest):
    def paper(self, page):
        return page.run("return getComputedStyle(document.documentElement).backgroundColor")

    def test_dark_and_light(self):
        page = self.open("culprits", dark=True)
        dark = self.paper(page)
        self.assertEqual("dark", page.run("return document.documentElement.dataset.theme"))
        self.assertEqual([], page.misplaced())
        page.system_theme("light")
        page.settle()
        light = self.paper(page)
        self.assertNotEqual(dark, light)
        page.focus("#theme")
        page.press(" ")
        self.assertEqual(dark, self.paper(page))

    def test_print(self):
        page = self.open("culprits", dark=True)
        pdf = page.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})["data"]
        self.assertGreater(len(pdf), 10_000)
        page.system_theme("light", media="print")
        self.assertFalse(page.run("return document.querySelector('.tools').checkVisibility()"))

    def test_all_is_reached_by_tab(self):
        from selenium.webdriver.common.keys import Keys
        page, reached = self.open("culprits"), set()
        for _ in range(80):
            page.driver.switch_to.active_element.send_keys(Keys.TAB)
            reached.add(page.run("const a = document.activeElement; return a.id || a.getAttribute('class') || a.tagName"))
        for what in ("theme", "open-row", "flame-stage", "SELECT", "INPUT"):
            self.assertIn(what, reached)


class Hostile(BrowserTest):
    def test_names_are_only_names(self):
        for name in ("hostile", "hostile_names"):
            with self.subTest(name=name):
                page = self.open(name)
                page.run("for (const b of document.querySelectorAll('.open-row')) b.click()")
                page.settle()
                self.assertTrue(page.run("return document.title").endswith(" · loopstall"))
                self.assertEqual(2, page.run("return document.scripts.length"))
                self.assertEqual(0, len(page.all("img, iframe, object, embed, main a, main script, main style")))

    def test_the_policy_forbids_the_rest(self):
        page = Page(MADE["driver"], path_of("culprits"))
        blocked = page.driver.execute_async_script("""
            const done = arguments[0], seen = new Set();
            document.addEventListener('securitypolicyviolation', (e) => seen.add(e.effectiveDirective));
            try { const s = document.createElement('script'); s.text = 'document.title = "owned"'; document.body.append(s); } catch {}
            const style = document.createElement('style'); style.textContent = 'body { display: none }'; document.body.append(style);
            const image = new Image(); image.src = 'https://127.0.0.1:9/x.png'; document.body.append(image);
            fetch('https://127.0.0.1:9/').catch(() => setTimeout(() => done([...seen, document.title]), 200));""")
        self.assertNotIn("owned", blocked)
        for directive in ("connect-src", "img-src", "style-src-elem"):
            self.assertIn(directive, blocked)
        self.assertTrue(page.run("return document.body.checkVisibility()"))


class Scale(BrowserTest):
    def test_a_million_stalls_and_ten_thousand_tasks(self):
        self.assertLess(os.path.getsize(path_of("scale")), 3_000_000)
        page, report = self.open("scale"), json_of("scale")
        self.assertGreater(report["stalls_total"], 1_000_000)
        self.assertEqual(10_000, len(report["tasks"]))
        page.type("#tasks input[type=search]", "handle_4242")
        self.assertEqual(["Service71.handle_4242"], [row["cells"]["name"]["value"] for row in page.cells("tasks")])
        self.assertEqual([], page.misplaced())
        took = page.driver.execute_async_script("""
            const done = arguments[0], stage = document.querySelector('.flame-stage'), took = [];
            const press = (key) => stage.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
            let left = 30;
            (function zoom() {
              if (!left--) return done(took);
              const began = performance.now();
              // All stalls, then a part that is no leaf, then into it.
              for (const key of left % 5 ? ['ArrowDown', 'Enter'] : ['Escape', 'ArrowDown', 'ArrowRight', 'Enter']) press(key);
              requestAnimationFrame(() => setTimeout(() => { took.push(performance.now() - began); zoom(); }));
            })();""")
        print(f"zoom: median {statistics.median(took):.1f} ms, longest {max(took):.1f} ms")
        self.assertLess(statistics.median(took), 100)


if __name__ == "__main__":
    harness.main()
