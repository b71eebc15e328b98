"""A report in headless Chromium: opened from disk, asked by script, touched by keys and clicks."""
import json
import os
import shutil
import tempfile

import harness

FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars")
WIDE, NARROW = (1440, 900), (390, 844)


def open_browser(directory):
    """A driver, or the reason why there is none."""
    try:
        from selenium import webdriver
        from selenium.common.exceptions import WebDriverException
    except ImportError:
        return None, "no python3-selenium"
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        return None, "no chromium or no chromium-driver"
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={tempfile.mkdtemp(dir=directory)}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    try:
        return webdriver.Chrome(options=options, service=webdriver.ChromeService(driver) if hasattr(webdriver, "ChromeService")
                                else webdriver.chrome.service.Service(driver)), None
    except WebDriverException as error:
        return None, f"chromium does not start: {str(error.msg).splitlines()[0]}"


class Page:
    def __init__(self, driver, path, size=WIDE, dark=False):
        self.driver, self.path = driver, path
        self.requests, self.messages = [], []
        self.resize(size)
        self.system_theme("dark" if dark else "light")
        driver.get("about:blank")
        self.collect()
        self.requests, self.messages = [], []
        driver.get(f"file://{path}")
        harness.wait_for(f"{path} to be drawn", lambda: self.run("return document.documentElement.dataset.ready"), 30)
        self.settle()

    # ---- asking ----

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def settle(self):
        """Until what was changed is drawn."""
        self.driver.execute_async_script("const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))")

    def all(self, selector):
        return self.driver.find_elements("css selector", selector)

    def one(self, selector):
        return self.driver.find_element("css selector", selector)

    def text(self, selector):
        return self.run("return document.querySelector(arguments[0])?.textContent", selector)

    def cells(self, caption):
        """[{index, key: {value, text}}] of a table, all rows of it."""
        self.run("""for (let more; (more = document.querySelector(arguments[0] + ' .more button')); ) more.click()""",
                 f"#{caption}")
        return json.loads(self.run("""
            const table = [...document.querySelectorAll('table')].find((t) => t.caption.textContent.toLowerCase() === arguments[0]);
            return JSON.stringify([...table.tBodies[0].rows].filter((row) => row.dataset.index !== undefined).map((row) => ({
              index: Number(row.dataset.index),
              cells: Object.fromEntries([...row.cells].filter((c) => c.dataset.key).map((c) =>
                [c.dataset.key, {value: JSON.parse(c.dataset.value), text: c.textContent}]))})))""", caption))

    # ---- doing ----

    def resize(self, size):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size[0] < 500})

    def system_theme(self, name, media=""):
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "media": media, "features": [{"name": "prefers-color-scheme", "value": name}]})

    def type(self, selector, text):
        field = self.one(selector)
        field.clear()
        field.send_keys(text)
        self.settle()

    def press(self, *keys):
        self.driver.switch_to.active_element.send_keys(*keys)
        self.settle()

    def focus(self, selector):
        self.run("document.querySelector(arguments[0]).focus()", selector)

    # ---- what it did ----

    def collect(self):
        self.messages += [entry["message"] for entry in self.driver.get_log("browser")]
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])

    def faults(self):
        """Everything that a page of one file must not do."""
        self.collect()
        own = f"file://{os.path.realpath(self.path)}"
        left = [url for url in self.requests if not url.startswith("data:") and url.split("#")[0] not in (own, f"file://{self.path}")]
        return self.messages + [f"requested {url}" for url in left]

    def misplaced(self):
        """What is cut off at the page's side, or lies on what it should not."""
        with open(os.path.join(os.path.dirname(__file__), "misplaced.js"), encoding="utf-8") as script:
            return self.run(script.read())
