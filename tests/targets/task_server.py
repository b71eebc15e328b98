"""A program of many kinds of steps that logs each of them: task_server.py LOG [--uvloop] [--scale N]

Prints "port COMMANDS ECHO" and obeys the lines that come in at COMMANDS, each answered by "ok" when it is done: the name
of a phase below, "warm", or "write" (the log). ECHO is served by a protocol. N multiplies the counts. Runs on CPython
3.8 and later.
"""
import argparse
import asyncio
import collections
import concurrent.futures
import contextvars
import functools
import math
import random
import socket
import sys
import threading
import time
import types

import step_truth
from step_truth import now, suspend

US = 1000
MS = 1000 * US
scale = 1
variable = contextvars.ContextVar("variable", default=0)


def spin(ns):
    end = now() + ns
    while now() < end:
        pass


# ---- tasks -----------------------------------------------------------------------------------------------------

async def steps_of(count, work, ns):
    """Not a task of its own: each task below awaits it."""
    for _ in range(count * scale):
        work(ns)
        await suspend(asyncio.sleep(0))


async def spin_20us():
    step_truth.first()
    await steps_of(300, spin, 20 * US)
    step_truth.last()


async def spin_200us():
    step_truth.first()
    await steps_of(100, spin, 200 * US)
    step_truth.last()


async def spin_2ms():
    step_truth.first()
    await steps_of(30, spin, 2 * MS)
    step_truth.last()


async def spin_20ms():
    step_truth.first()
    await steps_of(5, spin, 20 * MS)
    step_truth.last()


async def sleep_3ms():
    step_truth.first()
    await steps_of(20, lambda ns: time.sleep(ns / 1e9), 3 * MS)
    step_truth.last()


async def sleep_500ms():
    step_truth.first()
    await steps_of(1, lambda ns: time.sleep(ns / 1e9), 500 * MS)
    step_truth.last()


async def mixed():
    """From 20 us to 20 ms."""
    step_truth.first()
    lengths = random.Random(4)
    for _ in range(100 * scale):
        spin(int(20 * US * math.exp(lengths.random() * math.log(1000))))
        await suspend(asyncio.sleep(0))
    step_truth.last()


async def raises():
    step_truth.first()
    await suspend(asyncio.sleep(0))
    spin(100 * US)
    step_truth.last()
    raise ValueError("as it should")


async def is_cancelled():
    step_truth.first()
    try:
        await suspend(asyncio.sleep(100))
    except asyncio.CancelledError:
        spin(100 * US)
        raise
    finally:
        step_truth.last()


async def cancelled_before_it_began():
    """Its only step throws into a coroutine that never ran: there is nothing in it that could log."""


async def numbers(count):
    for n in range(count):
        spin(30 * US)
        yield n
        await suspend(asyncio.sleep(0))


async def consumes_generator():
    step_truth.first()
    async for _ in numbers(30):
        spin(30 * US)
    step_truth.last()


async def stepped_itself():
    """An asynchronous generator whose asend() is a task."""
    step_truth.first()
    await suspend(asyncio.sleep(0))
    spin(50 * US)
    step_truth.last()
    yield 1


@types.coroutine
def old_coroutine():
    for _ in range(10):
        spin(50 * US)
        yield


async def sets_variables():
    """Contexts within a step belong to it."""
    step_truth.first()
    for _ in range(20):
        for n in range(50):
            contextvars.copy_context().run(variable.set, n)
            variable.set(n)
        await suspend(asyncio.sleep(0))
    step_truth.last()


async def eager():
    """Its first step is a part of its creator's."""
    spin(50 * US)
    await suspend(asyncio.sleep(0))
    spin(50 * US)
    step_truth.last()


async def starts_eagerly():
    step_truth.first()
    tasks = [asyncio.Task(eager(), loop=asyncio.get_running_loop(), eager_start=True) for _ in range(10)]
    await suspend(asyncio.sleep(0.01))
    assert all(task.done() for task in tasks)
    step_truth.last()


async def inner():
    spin(100 * US)
    await asyncio.sleep(0.001)
    spin(100 * US)


async def runs_a_loop():
    """What people do to call asynchronous code from synchronous code: all of it is one step."""
    step_truth.first()
    outer = asyncio.get_running_loop()
    for _ in range(5):
        nested = type(outer)()
        task = asyncio.current_task()
        asyncio._set_running_loop(None)
        try:
            nested.run_until_complete(inner())
        finally:
            nested.close()
            asyncio._set_running_loop(outer)
        assert asyncio.current_task() is task
        await suspend(asyncio.sleep(0))
    step_truth.last()


# ---- callbacks -------------------------------------------------------------------------------------------------

def plain():
    step_truth.first()
    spin(50 * US)
    step_truth.last()


def with_arguments(ns, *_):
    step_truth.first()
    spin(ns)
    step_truth.last()


def by_timer():
    step_truth.first()
    spin(100 * US)
    step_truth.last()


def from_a_thread():
    step_truth.first()
    spin(50 * US)
    step_truth.last()


def raises_in_callback():
    step_truth.first()
    spin(50 * US)
    step_truth.last()
    raise ValueError("as it should")


class Base:
    def inherited(self):
        step_truth.first()
        spin(50 * US)
        step_truth.last()


class Worker(Base):
    def method(self):
        step_truth.first()
        spin(50 * US)
        step_truth.last()

    @classmethod
    def of_the_class(cls):
        step_truth.first()
        spin(50 * US)
        step_truth.last()


class Callable:
    def __call__(self):
        spin(50 * US)


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        step_truth.first()
        self.transport = transport
        step_truth.last()

    def data_received(self, data):
        step_truth.first()
        spin(200 * US)
        self.transport.write(data)
        step_truth.last()


# ---- phases ----------------------------------------------------------------------------------------------------

async def gathered(*coroutines):
    await asyncio.gather(*coroutines, return_exceptions=True)


async def spins():
    await gathered(spin_20us(), spin_200us(), spin_2ms(), spin_20ms(), mixed())


async def sleeps():
    await gathered(sleep_3ms(), sleep_500ms())


async def tasks():
    loop = asyncio.get_running_loop()
    cancelled = [loop.create_task(is_cancelled()) for _ in range(10)]
    await asyncio.sleep(0.01)
    early = [loop.create_task(cancelled_before_it_began()) for _ in range(10)]
    for task in cancelled + early:
        task.cancel()
    generators = [stepped_itself() for _ in range(10)]
    more = [loop.create_task(generator.__anext__()) for generator in generators]
    if sys.version_info < (3, 12):  # later ones take coroutines only
        more.append(loop.create_task(old_coroutine()))
    await gathered(*cancelled, *early, *more, consumes_generator(), sets_variables(), *[raises() for _ in range(10)])
    if sys.version_info >= (3, 12):
        await starts_eagerly()


async def nested():
    await gathered(runs_a_loop())


async def callbacks():
    loop = asyncio.get_running_loop()
    worker, queue = Worker(), collections.deque()
    for n in range(50 * scale):
        for callback in (plain, worker.method, worker.inherited, Worker.of_the_class, Callable(), raises_in_callback,
                         functools.partial(with_arguments, 20 * US), functools.partial(worker.method)):
            loop.call_soon(callback)
        loop.call_soon(with_arguments, 30 * US, n)
        loop.call_soon(queue.append, n)
        loop.call_later(0.001 * n, by_timer)
        loop.call_at(loop.time() + 0.0005 * n, by_timer)
        loop.call_later(100, plain).cancel()
    thread = threading.Thread(target=lambda: [loop.call_soon_threadsafe(from_a_thread) for _ in range(50)])
    thread.start()
    await asyncio.sleep(0.3)
    thread.join()


def in_worker(n):
    """Contexts of a thread that is no loop."""
    for _ in range(n):
        contextvars.copy_context().run(spin, 20 * US)


async def waits_for_workers():
    step_truth.first()
    loop = asyncio.get_running_loop()
    for _ in range(10):
        await suspend(loop.run_in_executor(None, contextvars.copy_context().run, in_worker, 50))
    step_truth.last()


async def while_others_compute():
    """Steps of a loop that loses the GIL every 5 ms."""
    step_truth.first()
    for _ in range(40):
        spin(1 * MS)
        await suspend(asyncio.sleep(0.001))
    step_truth.last()


async def workers():
    loop = asyncio.get_running_loop()
    await gathered(waits_for_workers())
    hog = loop.run_in_executor(None, in_worker, 10_000)
    await gathered(while_others_compute())
    await hog


# ---- loops in other threads ------------------------------------------------------------------------------------

class LoopThread:
    """Serves a loop that is idle until go() has something for it; main(thread) is what the thread runs."""

    def __init__(self, main):
        self.ready = threading.Event()
        self.thread = threading.Thread(target=main, args=(self,), daemon=True)
        self.thread.start()
        self.ready.wait()

    async def serve(self):
        """Two sockets, as loops have them, and nothing to do."""
        self.loop, self.done = asyncio.get_running_loop(), asyncio.Event()
        server = await self.loop.create_server(asyncio.Protocol, "127.0.0.1", 0)
        client = socket.create_connection(server.sockets[0].getsockname())
        self.ready.set()
        await self.done.wait()
        client.close()
        server.close()

    def go(self, coroutine):
        return asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self.loop))


def runs_loop(thread):
    run(thread.serve())


def runs_loop_in_context(thread):
    contextvars.copy_context().run(run, thread.serve())


def runs_loop_twice(thread):
    run(thread.serve())
    thread.ready.clear()
    run(thread.serve())


async def in_thread():
    step_truth.first()
    await steps_of(100, spin, 100 * US)
    step_truth.last()


async def one_loop_after_the_other():
    step_truth.first()
    await steps_of(50, spin, 100 * US)
    step_truth.last()


async def threads():
    for thread in loop_threads:
        await thread.go(in_thread())


async def all_at_once():
    await gathered(*[thread.go(in_thread()) for thread in loop_threads])


async def twice():
    thread = loop_threads[-1]
    await thread.go(one_loop_after_the_other())
    thread.ready.clear()
    thread.loop.call_soon_threadsafe(thread.done.set)
    while not thread.ready.is_set():
        await asyncio.sleep(0.01)
    await thread.go(one_loop_after_the_other())


async def warmed():
    await asyncio.sleep(0)


async def warm():
    """What the program does before it is measured: each loop runs a task."""
    await warmed()
    for thread in loop_threads:
        await thread.go(warmed())


# ---- the program -----------------------------------------------------------------------------------------------

PHASES = {phase.__name__: phase for phase in (spins, sleeps, tasks, nested, callbacks, workers, threads, all_at_once, twice,
                                              warm)}


class Commands:
    """One connection. It is read by a callback of ours, so that no code of asyncio runs for it."""

    def __init__(self, loop, log):
        self.loop, self.log = loop, log
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        loop.add_reader(self.listener, self.on_connection)

    def on_connection(self):
        self.connection = self.listener.accept()[0]
        self.loop.add_reader(self.connection, self.on_command)

    def on_command(self):
        line = self.connection.recv(100).decode().strip()
        if not line:
            self.loop.remove_reader(self.connection)
        elif line == "write":
            step_truth.write(self.log)
            self.connection.sendall(b"ok\n")
        else:
            self.task = self.loop.create_task(self.run(PHASES[line]))

    async def run(self, phase):
        await phase()
        self.connection.sendall(b"ok\n")


async def main(log):
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda *_: None)
    commands = Commands(loop, log)
    server = await loop.create_server(Echo, "127.0.0.1", 0)
    await loop.run_in_executor(None, int)  # makes the first thread of the pool
    print("port", commands.port, server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


def choose_loop(uvloop_wanted):
    if not uvloop_wanted:
        step_truth.watch_asyncio()
        return asyncio.run
    import uvloop
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    step_truth.log_steps_ourselves()
    return asyncio.run


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("log")
    parser.add_argument("--uvloop", action="store_true")
    parser.add_argument("--scale", type=int, default=1)
    arguments = parser.parse_args()
    scale = arguments.scale
    run = choose_loop(arguments.uvloop)
    loop_threads = [LoopThread(main) for main in (runs_loop, runs_loop_in_context, runs_loop_twice)]
    run(main(arguments.log))
