"""A program of many kinds of steps on trio that logs each of them: trio_server.py LOG [--anyio] [--asyncio] [--scale N]

Prints "port COMMANDS" and obeys the lines that come in there, each answered by "ok" when it is done: the name of a phase
below, or "write" (the log). --anyio: anyio runs trio and starts the tasks. --asyncio: another thread runs a loop of asyncio.
"""
import argparse
import asyncio
import contextvars
import socket
import sys
import threading
import types

import trio

import step_truth
from step_truth import Instrument
from task_kinds import MS, US, sleep, spin, variable

scale = 1


@types.coroutine
def foreign_yield():
    """What trio does not know: it throws into the coroutine."""
    yield "not trio's"


async def checkpoint():
    await trio.lowlevel.checkpoint()


# ---- tasks -----------------------------------------------------------------------------------------------------

async def steps_of(count, work, ns):
    for _ in range(count * scale):
        work(ns)
        await checkpoint()
        step_truth.first()


async def spin_20us():
    step_truth.first()
    await steps_of(300, spin, 20 * US)


async def spin_200us():
    step_truth.first()
    await steps_of(100, spin, 200 * US)


async def spin_2ms():
    step_truth.first()
    await steps_of(30, spin, 2 * MS)


async def sleep_3ms():
    step_truth.first()
    await steps_of(20, sleep, 3 * MS)


async def short():
    """Nothing but steps."""
    for _ in range(3000 * scale):
        await checkpoint()


async def sleeper():
    for _ in range(100):
        await trio.sleep(0.001)


async def is_cancelled():
    await trio.sleep_forever()


async def thrown_into():
    try:
        await foreign_yield()
    except TypeError:
        spin(100 * US)


async def raises():
    await checkpoint()
    raise ValueError("as it should")


async def survives(function):
    try:
        await function()
    except ValueError:
        spin(50 * US)


async def sets_variables():
    """Contexts within a step belong to it, and so does a coroutine that a step sends to."""
    for _ in range(20):
        for n in range(50):
            contextvars.copy_context().run(variable.set, n)
        inner = foreign_yield()
        contextvars.copy_context().run(inner.send, None)
        await checkpoint()


async def receives(channel):
    async for _ in channel:
        spin(30 * US)


async def sends(channel):
    async with channel:
        for n in range(200 * scale):
            await channel.send(n)


async def in_asyncio():
    await asyncio.sleep(0.001)


async def runs_asyncio():
    """All of it is one step."""
    for _ in range(5):
        asyncio.run(in_asyncio())
        await checkpoint()


def in_worker():
    spin(100 * US)
    trio.from_thread.run_sync(spin, 20 * US)


async def uses_threads():
    for _ in range(20 * scale):
        await trio.to_thread.run_sync(in_worker)


def hog(seconds):
    spin(seconds * 1000 * MS)


async def while_others_compute():
    """Steps of a loop that loses the GIL every 5 ms."""
    for _ in range(40):
        step_truth.first()
        spin(1 * MS)
        await trio.sleep(0.001)


async def client(port):
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    async with stream:
        for _ in range(50 * scale):
            await stream.send_all(b"x")
            assert await stream.receive_some(1) == b"x"


async def echo(stream):
    async for data in stream:
        spin(100 * US)
        await stream.send_all(data)


# ---- phases ----------------------------------------------------------------------------------------------------

async def spins(start):
    for task in (spin_20us, spin_200us, spin_2ms, sleep_3ms, short, sleeper):
        start(task)


async def tasks(start):
    for _ in range(10):
        start(survives, raises)
        start(thrown_into)
    start(sets_variables)
    send, receive = trio.open_memory_channel(0)
    start(sends, send)
    start(receives, receive)
    with trio.move_on_after(0.05):
        await is_cancelled()


async def nested(start):
    start(runs_asyncio)


async def threads(start):
    start(uses_threads)


async def gil(start):
    threading.Thread(target=hog, args=(1,), daemon=True).start()
    start(while_others_compute)


async def sockets(start):
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(trio.serve_tcp, echo, 0)
        await client(listeners[0].socket.getsockname()[1])
        nursery.cancel_scope.cancel()


async def warm(start):
    await checkpoint()


# ---- the program -----------------------------------------------------------------------------------------------

PHASES = {phase.__name__: phase for phase in (spins, tasks, nested, threads, gil, sockets, warm)}


def group(with_anyio):
    if not with_anyio:
        return trio.open_nursery()
    import anyio
    return anyio.create_task_group()


async def run_phase(name, with_anyio):
    async with group(with_anyio) as tasks_of_it:
        await PHASES[name](tasks_of_it.start_soon)


async def commands(log, with_anyio):
    trio.lowlevel.add_instrument(Instrument())
    listener = trio.socket.socket()
    await listener.bind(("127.0.0.1", 0))
    listener.listen()
    print("port", listener.getsockname()[1], flush=True)
    connection = (await listener.accept())[0]
    while line := (await connection.recv(100)).decode().strip():
        if line == "write":
            step_truth.write(log)
        else:
            await run_phase(line, with_anyio)
        await connection.send(b"ok\n")
    await trio.sleep_forever()


def run(log, with_anyio):
    if not with_anyio:
        return trio.run(commands, log, False)
    import anyio
    return anyio.run(commands, log, True, backend="trio")


async def ticks():
    while True:
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("log")
    parser.add_argument("--anyio", action="store_true")
    parser.add_argument("--asyncio", action="store_true")
    parser.add_argument("--scale", type=int, default=1)
    arguments = parser.parse_args()
    scale = arguments.scale
    step_truth.watch_trio()
    if arguments.asyncio:
        threading.Thread(target=asyncio.run, args=(ticks(),), daemon=True).start()
    run(arguments.log, arguments.anyio)
