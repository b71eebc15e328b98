"""One FastAPI service three times; VARIANT says which. The work is the same: /orders waits 20 ms for a database, /login hashes
a password (about 15 ms), /ping does nothing."""
import asyncio
import hashlib
import os
import time

import fastapi

VARIANT = os.environ.get("VARIANT", "def")
ROUNDS = 30_000
WAIT = 0.02  # until the database answers

app = fastapi.FastAPI()


def query():
    """A sync database driver: it sleeps in the kernel until the answer comes."""
    time.sleep(WAIT)
    return {"orders": 42}


async def query_async():
    """An async driver of the same database."""
    await asyncio.sleep(WAIT)
    return {"orders": 42}


def hash_password():
    return {"token": hashlib.pbkdf2_hmac("sha256", b"secret", b"salt", ROUNDS).hex()}


if VARIANT == "def":  # FastAPI runs these in its thread pool

    @app.get("/ping")
    def ping():
        return {"ok": True}

    @app.get("/orders")
    def orders():
        return query()

    @app.get("/login")
    def login():
        return hash_password()

elif VARIANT == "async":  # the trap: "async is faster", so the same bodies became coroutines

    @app.get("/ping")
    async def ping():
        return {"ok": True}

    @app.get("/orders")
    async def orders():
        return query()

    @app.get("/login")
    async def login():
        return hash_password()

else:  # done right: awaited, or off the loop

    @app.get("/ping")
    async def ping():
        return {"ok": True}

    @app.get("/orders")
    async def orders():
        return await query_async()

    @app.get("/login")
    async def login():
        return await asyncio.to_thread(hash_password)
