"""A FastAPI app with a trap in each of its routes, and healthy ones, for uvicorn. What blocks is logged to TRAP_LOG
(trap_log.py); the blocking line is always the one right above the line that logs. LATE_PORT is a server that answers
late."""
import concurrent.futures
import gzip
import hashlib
import http.client
import importlib
import json
import logging
import os
import queue
import random
import re
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

import fastapi

from trap_log import Log, begin, now

app = fastapi.FastAPI()
log = Log(os.environ["TRAP_LOG"])
late = int(os.environ["LATE_PORT"])
directory = tempfile.mkdtemp(prefix="loopstall-app-", dir=os.path.dirname(os.environ["TRAP_LOG"]))
file = open(os.path.join(directory, "file"), "wb")
database = sqlite3.connect(os.path.join(directory, "app.db"), check_same_thread=False)
database.execute("create table t (n)")
pool = concurrent.futures.ThreadPoolExecutor(2)
lock = threading.Lock()
document = [{"id": n, "name": f"name {n}", "tags": ["a", "b"]} for n in range(8000)]
text = b"some text that can be compressed, but not too well: " + random.Random(1).randbytes(1 << 20)
numbers = [random.random() for _ in range(400_000)]


@app.get("/healthy")
async def healthy():
    return {"pid": os.getpid()}


@app.get("/healthy_pool")
def healthy_pool():
    return {"pid": os.getpid()}


@app.get("/pool_sleep/{ns}")
def pool_sleep(ns: int):
    time.sleep(ns / 1e9)


@app.get("/sleep/{ns}")
async def sleep(ns: int):
    began = begin()
    time.sleep(ns / 1e9)
    log.block("sleep", began)


@app.get("/http/{ns}")
async def fetch(ns: int):
    connection = http.client.HTTPConnection("127.0.0.1", late)
    connection.request("GET", f"/{ns}")
    began = begin()
    connection.getresponse()
    log.block("http", began)


@app.get("/sqlite/{ns}")
async def store(ns: int):
    began = begin()
    while now() < began[0] + ns: database.execute("insert into t values (1)"), database.commit()
    log.block("sqlite", began)


@app.get("/fsync/{ns}")
async def save(ns: int):
    began = begin()
    while now() < began[0] + ns: file.write(b"x" * 65536), os.fsync(file.fileno())
    log.block("fsync", began)


@app.get("/dns/{ns}")
async def resolve(ns: int):
    began = begin()
    socket.getaddrinfo(f"slow{ns}.test.", 80)
    log.block("dns", began)


@app.get("/child/{ns}")
async def convert(ns: int):
    began = begin()
    subprocess.run(["sleep", str(ns / 1e9)])
    log.block("child", began)


def hold_lock(ns, taken):
    with lock:
        taken.set()
        time.sleep(ns / 1e9)


@app.get("/lock/{ns}")
async def locked(ns: int):
    taken = threading.Event()
    pool.submit(hold_lock, ns, taken)
    taken.wait()
    began = begin()
    lock.acquire()
    log.block("lock", began)
    lock.release()


@app.get("/queue/{ns}")
async def consume(ns: int):
    jobs = queue.Queue()
    threading.Timer(ns / 1e9, jobs.put, ["job"]).start()
    began = begin()
    jobs.get()
    log.block("queue", began)


@app.get("/future/{ns}")
async def offload(ns: int):
    future = pool.submit(time.sleep, ns / 1e9)
    began = begin()
    future.result()
    log.block("future", began)


@app.get("/join/{ns}")
async def join(ns: int):
    thread = threading.Thread(target=time.sleep, args=[ns / 1e9])
    thread.start()
    began = begin()
    thread.join()
    log.block("join", began)


@app.get("/event/{ns}")
async def wait_event(ns: int):
    event = threading.Event()
    threading.Timer(ns / 1e9, event.set).start()
    began = begin()
    event.wait()
    log.block("event", began)


@app.get("/json/{ns}")
async def dump(ns: int):
    began = begin()
    while now() < began[0] + ns: json.dumps(document)
    log.block("json", began)


@app.get("/regex/{ns}")
async def match(ns: int):
    began = begin()
    while now() < began[0] + ns: re.match(r"(a+)+$", "a" * 17 + "b")
    log.block("regex", began)


@app.get("/hash/{ns}")
async def login(ns: int):
    began = begin()
    hashlib.pbkdf2_hmac("sha256", b"password", b"salt", ns // 400)
    log.block("hash", began)


@app.get("/gzip/{ns}")
async def compress(ns: int):
    began = begin()
    gzip.compress(text)
    log.block("gzip", began)


def crunch(ns, began):
    total = 0
    while now() < began[0] + ns: total += 1
    log.block("cpu", began)
    return total


@app.get("/cpu/{ns}")
async def compute(ns: int):
    return crunch(ns, begin())


@app.get("/logging/{ns}")
async def audit(ns: int):
    """A sink that takes no more than a pipe's worth for a while."""
    reader, writer = os.pipe()
    threading.Timer(ns / 1e9, drain, [reader]).start()
    logger, handler = logging.Logger("audit"), logging.StreamHandler(open(writer, "w"))
    logger.addHandler(handler)
    began = begin()
    logger.warning("%s", "x" * 100_000)
    log.block("logging", began)
    handler.stream.close()


def drain(reader):
    while os.read(reader, 1 << 16):
        pass
    os.close(reader)


@app.get("/import/{ns}")
async def plug_in(ns: int):
    name = f"plugin{now()}"
    with open(os.path.join(directory, name + ".py"), "w") as module:
        module.write("".join(f"x{n} = [{n}, 'text', {n} + 1]\n" for n in range(ns // 4000)))
    sys.path.insert(0, directory)
    importlib.invalidate_caches()
    began = begin()
    importlib.import_module(name)
    log.block("import", began)
    sys.path.remove(directory)


@app.get("/pool_sort/{ns}")
def pool_sort(ns: int):
    """A sync endpoint: FastAPI runs it in a thread, and the loop waits for the GIL all the same."""
    began = begin()
    sorted(numbers)
    log.block("pool_sort", began)
