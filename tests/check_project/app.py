"""A small FastAPI service, healthy: what could block is done in a thread. The changes in changes.py are made to it."""
import asyncio
import json
import logging
import logging.handlers
import os
import queue
import re
import tempfile
import threading
import time

from fastapi import FastAPI, Response

REPORT_MS = 3

app = FastAPI()
log = logging.getLogger("shop")
log.setLevel(logging.INFO)
log.propagate = False
records = queue.SimpleQueue()
log.addHandler(logging.handlers.QueueHandler(records))
document = [{"id": n, "name": f"name {n}", "tags": ["a", "b"]} for n in range(40)]
numbers = [(n * 7919) % 1_000_003 for n in range(400_000)]
word = re.compile(r"^[a-z]+[0-9]*$")
lock = threading.Lock()
upload = tempfile.NamedTemporaryFile(dir=os.environ.get("SHOP_DATA"))


def drain_records():
    while True:
        records.get()


def hold_lock():
    """What a thread of a library may do: it holds a lock for a while, again and again."""
    while True:
        with lock:
            time.sleep(0.02)
        time.sleep(0.01)


for work in (drain_records, hold_lock):
    threading.Thread(target=work, daemon=True).start()


def build_report(ms):
    """So much of this thread's own CPU time."""
    end = time.thread_time_ns() + ms * 1_000_000
    total = 0
    while time.thread_time_ns() < end:
        total += sum(range(100))
    return total


def store(data):
    upload.seek(0)
    upload.write(data)
    upload.flush()


@app.get("/health")
async def health():
    return {"ok": True}


@app.get("/items")
async def items():
    return Response(json.dumps(document), media_type="application/json")


@app.get("/report")
async def report():
    return {"total": build_report(REPORT_MS)}


@app.get("/search/{text}")
async def search(text: str):
    return {"found": bool(word.match(text))}


@app.get("/save")
async def save():
    await asyncio.to_thread(store, b"x" * 1000)
    return {"saved": True}


@app.get("/login/{name}")
async def login(name: str):
    log.info("login of %s", name)
    return {"name": name}


@app.get("/export")
async def export():
    return {"rows": len(document)}
