#!/usr/bin/env python3
"""The demo: a small shop under uvicorn, with healthy handlers and the classic ways to block an event loop.

Every handler is an `async def`; those under "The traps" block the loop in it, and with it every other request:
time.sleep, CPU-bound work, a sync HTTP call, a sync SQLite query, an fsync, and a lock that another thread holds.
As a program it serves on a free port of 127.0.0.1 and prints "port P". UPSTREAM names the slow service
(upstream.py) as HOST:PORT; DEMO_DATA a directory for its files.
"""
import asyncio
import hashlib
import http.client
import json
import os
import pathlib
import socket
import sqlite3
import tempfile
import threading
import time

DATA = pathlib.Path(os.environ.get("DEMO_DATA") or tempfile.mkdtemp(prefix="loopstall-demo-"))
UPSTREAM = os.environ.get("UPSTREAM", "")


# ---- healthy handlers ----

async def index():
    return {"hello": "world"}


async def items():
    await asyncio.sleep(0.005)  # an async database driver
    return [{"id": n, "name": f"item {n}"} for n in range(20)]


async def search():
    """Work for another thread is given to another thread."""
    return await asyncio.to_thread(slow_query, "%77%")


# ---- the traps ----

async def legacy():
    """"Wait a moment for the other system"."""
    time.sleep(0.08)
    return {"slept": True}


async def login():
    """Password hashing is CPU-bound by design."""
    digest = hashlib.pbkdf2_hmac("sha256", b"secret", b"salt", 60_000)
    return {"token": digest.hex()[:16]}


async def report():
    """CPU-bound work in Python itself."""
    rows = [{"day": day, "orders": day * 7919 % 1000} for day in range(30_000)]
    rows.sort(key=lambda row: row["orders"])
    return {"bytes": len(json.dumps(rows)), "best": rows[-1]}


async def price():
    """A sync HTTP client."""
    host, _, port = UPSTREAM.partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=5)
    connection.request("GET", "/")
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


async def orders():
    """A sync SQLite query without an index."""
    return slow_query("%42%")


async def audit():
    """A log entry that must be on the disk."""
    with open(DATA / "audit.log", "ab") as log:
        log.write(os.urandom(256 * 1024))
        log.flush()
        os.fsync(log.fileno())
    return {"logged": True}


async def cached():
    """A lock that a background thread holds while it refreshes the cache."""
    with _cache_lock:
        return {"age": time.monotonic() - _cache["at"]}


# ---- what they use ----

_cache_lock = threading.Lock()
_cache = {"at": 0.0}


def refresh_cache_forever():
    while True:
        with _cache_lock:
            time.sleep(0.05)
            _cache["at"] = time.monotonic()
        time.sleep(0.2)


def slow_query(pattern):
    with sqlite3.connect(DATA / "shop.db") as db:
        count = db.execute("SELECT count(*) FROM orders WHERE note LIKE ?", (pattern,)).fetchone()[0]
    db.close()
    return {"count": count}


def make_database():
    path = DATA / "shop.db"
    if path.exists():
        return
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE orders(id INTEGER PRIMARY KEY, note TEXT)")
        db.executemany("INSERT INTO orders(note) VALUES (?)", ((f"order {n * 7919 % 99991}",) for n in range(150_000)))
    db.close()


HANDLERS = {"/": index, "/items": items, "/search": search, "/legacy": legacy, "/login": login, "/report": report,
            "/price": price, "/orders": orders, "/audit": audit, "/cached": cached}


# ---- ASGI ----

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["type"] == "http":
        await respond(scope["path"], send)


async def lifespan(receive, send):
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            make_database()
            threading.Thread(target=refresh_cache_forever, daemon=True).start()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def respond(path, send):
    handler = HANDLERS.get(path)
    status, answer = (200, await handler()) if handler else (404, {"error": "no such page"})
    body = json.dumps(answer).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main():
    import uvicorn

    listener = socket.create_server(("127.0.0.1", 0))
    print("port", listener.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


if __name__ == "__main__":
    main()
