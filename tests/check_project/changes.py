"""What pull requests change in the example project: text of app.py by text. Ten of them make it worse, and then one
of the names in `culprits` is to be blamed; ten do not."""
import dataclasses


@dataclasses.dataclass
class Change:
    name: str
    edits: list  # (old, new)
    culprits: tuple = ()
    files: dict = dataclasses.field(default_factory=dict)

    def apply(self, text):
        for old, new in self.edits:
            if text.count(old) != 1:
                raise AssertionError(f"{self.name}: {old!r} is {text.count(old)} times in app.py")
            text = text.replace(old, new)
        return text


HEALTH = '    return {"ok": True}\n'
ITEMS = '    return Response(json.dumps(document), media_type="application/json")\n'
SEARCH = '    return {"found": bool(word.match(text))}\n'
SAVE = '    await asyncio.to_thread(store, b"x" * 1000)\n'
EXPORT = '    return {"rows": len(document)}\n'
LOGIN = '    log.info("login of %s", name)\n'
QUEUED = "log.addHandler(logging.handlers.QueueHandler(records))\n"

SHIPPING_HANDLER = '''

class ShippingHandler(logging.Handler):
    """Sends each record to a collector that is slow to take it."""

    def emit(self, record):
        reader, writer = os.pipe()
        threading.Timer(0.012, os.write, (writer, b"taken")).start()
        os.read(reader, 5)
        os.close(reader)
        os.close(writer)


log.addHandler(ShippingHandler())
'''

BUILD_REPORT = '''def build_report(ms):
    """So much of this thread's own CPU time."""
    end = time.thread_time_ns() + ms * 1_000_000
    total = 0
    while time.thread_time_ns() < end:
        total += sum(range(100))
    return total
'''

REGRESSIONS = [
    Change("sync_call", [(HEALTH, "    time.sleep(0.004)\n" + HEALTH)], ("health",)),
    Change("heavier_json", [(ITEMS, ITEMS.replace("document", "document * 300"))], ("items",)),
    Change("lock", [(SEARCH, "    with lock:\n    " + SEARCH)], ("search",)),
    Change("fsync", [(SAVE, '    store(b"x" * 8_000_000)\n    os.fsync(upload.fileno())\n')], ("save", "store")),
    Change("slow_regex", [(SEARCH, '    re.match(r"(a+)+$", "a" * 18 + "b")\n' + SEARCH)], ("search",)),
    Change("gil", [(SAVE, SAVE + "    await asyncio.to_thread(rank)\n"), ("def store(data):", "def rank():\n    return "
                                                                          "sorted(numbers)\n\n\ndef store(data):")],
           ("rank",)),
    Change("report_3_to_6_ms", [("REPORT_MS = 3", "REPORT_MS = 6")], ("build_report", "report")),
    Change("import_in_handler", [(EXPORT, "    import templates\n    return templates.render(len(document))\n")],
           ("export", "<module>")),
    Change("dns", [(LOGIN, '    socket.getaddrinfo("slow20000000.test.", 80)\n' + LOGIN),
                   ("import re\n", "import re\nimport socket\n")], ("login",)),
    Change("blocking_logging", [(QUEUED, SHIPPING_HANDLER)], ("emit", "ShippingHandler.emit", "login")),
]

HARMLESS = [
    Change("renamed_handler", [("async def health():", "async def health_check():")]),
    Change("new_route", [('@app.get("/export")', '@app.get("/version")\nasync def version():\n    return {"version": 2}\n'
                                                 '\n\n@app.get("/export")')]),
    Change("blocking_work_in_a_thread", [(HEALTH, "    await asyncio.to_thread(time.sleep, 0.004)\n" + HEALTH)]),
    Change("async_sleep", [(HEALTH, "    await asyncio.sleep(0.004)\n" + HEALTH)]),
    Change("async_lock", [(SEARCH, "    async with gate:\n    " + SEARCH),
                          ("lock = threading.Lock()\n", "lock = threading.Lock()\ngate = asyncio.Lock()\n")]),
    Change("more_logging", [(LOGIN, LOGIN + '    log.info("again: %s", name)\n')]),
    Change("moved_lines", [('"""A small FastAPI service', '# Licensed as the rest.\n#\n"""A small FastAPI service'),
                           ("def build_report(ms):", "# What takes longest.\n\ndef build_report(ms):")]),
    Change("within_the_tolerance", [("build_report(REPORT_MS)", "build_report(REPORT_MS) + len(document)")]),
    Change("other_regex", [('r"^[a-z]+[0-9]*$"', 'r"^[a-z]{1,40}[0-9]{0,40}$"')]),
    Change("moved_function", [(BUILD_REPORT, ""), ("from fastapi import", "from reports import build_report\nfrom fastapi "
                                                                          "import")],
           files={"reports.py": "import time\n\n\n" + BUILD_REPORT}),
]
