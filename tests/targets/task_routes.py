"""A FastAPI app with routes that hold the loop in different ways; step_marks.py logs each step of a request."""
import asyncio
import time

import fastapi

from step_marks import Logged, suspended

MS = 1_000_000
api = fastapi.FastAPI()


def spin(ns):
    end = time.monotonic_ns() + ns
    while time.monotonic_ns() < end:
        pass


@api.get("/write")
@api.get("/instant")
async def instant():
    return "ok"


@api.get("/instant_with_body")
async def instant_with_body():
    return {"numbers": list(range(10))}


@api.get("/sleep_3ms")
async def sleep_3ms():
    time.sleep(0.003)


@api.get("/sleep_12ms")
async def sleep_12ms():
    time.sleep(0.012)


@api.get("/sleep_30ms")
async def sleep_30ms():
    time.sleep(0.03)


@api.get("/spin_2ms")
async def spin_2ms():
    spin(2 * MS)


@api.get("/spin_4ms")
async def spin_4ms():
    spin(4 * MS)


@api.get("/spin_12ms")
async def spin_12ms():
    spin(12 * MS)


@api.get("/spin_25ms")
async def spin_25ms():
    spin(25 * MS)


@api.get("/awaits_then_spins")
async def awaits_then_spins():
    await suspended(asyncio.sleep(0.002))
    spin(15 * MS)


@api.get("/awaits_then_sleeps")
async def awaits_then_sleeps():
    await suspended(asyncio.sleep(0))
    time.sleep(0.015)


def helper():
    spin(14 * MS)


@api.get("/calls_helper")
async def calls_helper():
    helper()


class Middleware:
    """It awaits nothing but the application. All that this does is within it, which is no route's handler all the same."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)


behind = fastapi.FastAPI()
api.mount("/behind", Middleware(behind))


@behind.get("/middleware")
async def behind_middleware():
    spin(13 * MS)


app = Logged(api)
