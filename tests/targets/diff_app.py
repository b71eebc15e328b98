"""A FastAPI app for tests of `loopstall diff`: routes that hold the loop for some milliseconds, on the CPU and asleep, and
healthy ones. REPORT_MS is how long one of them holds it: 5 unless told."""
import asyncio
import json
import os
import time

import fastapi

app = fastapi.FastAPI()
REPORT = float(os.environ.get("REPORT_MS", "5")) / 1e3
ROWS = [{"id": n, "name": f"name {n}", "tags": ["a", "b"]} for n in range(600)]


def compute(seconds):
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        sum(range(200))


@app.get("/index")
async def index():
    return {"hello": "world"}


@app.get("/items")
async def items():
    await asyncio.sleep(0.002)
    return len(json.dumps(ROWS))


@app.get("/report")
async def report():
    compute(REPORT)
    return "done"


@app.get("/invoice")
async def invoice():
    compute(0.003)
    return "done"


@app.get("/legacy")
async def legacy():
    time.sleep(0.004)
    return "done"
