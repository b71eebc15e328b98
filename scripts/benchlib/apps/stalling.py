"""hello.py in a server that stalls: 20 times a second a task blocks the loop for 12 ms, in turn asleep and at work.

Its work is an amount, not a time: 12 ms of it when nothing disturbs, and longer by what a tool takes meanwhile.
"""
import asyncio
import itertools
import time

import hello

PERIOD, LENGTH = 0.05, 0.012
TRIAL = 20_000
stalling = None


def work(amount):
    total = 0
    for i in range(amount):
        total += i * i
    return total


def seconds(amount):
    began = time.perf_counter()
    work(amount)
    return time.perf_counter() - began


AMOUNT = round(TRIAL * LENGTH / min(seconds(TRIAL) for _ in range(200)))  # its best: the machine may be busy


def at_work():
    work(AMOUNT)


def asleep():
    time.sleep(LENGTH)


async def stall():
    due = time.monotonic()
    for block in itertools.cycle((asleep, at_work)):
        due = max(due + PERIOD, time.monotonic())  # late once, it does not hurry
        await asyncio.sleep(due - time.monotonic())
        block()


async def app(scope, receive, send):
    global stalling
    stalling = stalling or asyncio.ensure_future(stall())
    await hello.app(scope, receive, send)
