"""An ASGI application around another that logs each step of its requests: the route, its number among the request's
steps, start and end, CLOCK_MONOTONIC ns. Meant to be imported from a directory called site-packages: to a profiler it
is a library, as what lies around an application is.

A route says suspended() around what it awaits and what is not done yet. Lines go to STEPS_LOG when /write is asked for.
"""
import json
import os
import time

now = time.monotonic_ns
_steps = []


class _Step:
    """The one that runs now: the loop is one thread."""
    route, number, start = "", 0, 0


def _begin(route, number):
    _Step.route, _Step.number, _Step.start = route, number, now()


def _end():
    _steps.append((_Step.route, _Step.number, _Step.start, now()))


async def suspended(awaitable):
    route, number = _Step.route, _Step.number
    _end()
    await awaitable
    _begin(route, number + 1)


class Logged:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["path"] == "/write":
            _write()
        _begin(scope["path"].strip("/"), 0)
        await self.app(scope, receive, send)
        _end()


def _write():
    with open(os.environ["STEPS_LOG"], "w") as file:
        json.dump(_steps, file)
