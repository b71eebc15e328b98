"""A program of many kinds of steps that logs each of them: task_server.py LOG [--uvloop] [--scale N]

Prints "port COMMANDS ECHO" and obeys the lines that come in at COMMANDS, each answered by "ok" when it is done: the
name of a phase below, or "write" (the log). ECHO is served by a protocol. N multiplies the counts. Runs on CPython
3.8 and later.
"""
import argparse
import asyncio
import collections
import functools
import socket
import sys
import threading

import callback_kinds as calls
import step_truth
import task_kinds as kinds
from loop_threads import LoopThread, run_loop, run_loop_in_context, run_loop_twice

others = []  # loops in threads


async def gathered(*coroutines):
    await asyncio.gather(*coroutines, return_exceptions=True)


async def spins():
    await gathered(kinds.spin_20us(), kinds.spin_200us(), kinds.spin_2ms(), kinds.spin_20ms(), kinds.mixed())


async def sleeps():
    await gathered(kinds.sleep_3ms(), kinds.sleep_500ms())


async def tasks():
    loop = asyncio.get_running_loop()
    cancelled = [loop.create_task(kinds.is_cancelled()) for _ in range(10)]
    await asyncio.sleep(0.01)
    early = [loop.create_task(kinds.cancelled_before_it_began()) for _ in range(10)]
    for task in cancelled + early:
        task.cancel()
    generators = [kinds.stepped_itself() for _ in range(10)]
    more = [loop.create_task(generator.__anext__()) for generator in generators]
    if sys.version_info < (3, 12):  # later ones take coroutines only
        more.append(loop.create_task(kinds.old_coroutine()))
    await gathered(*cancelled, *early, *more, kinds.consumes_generator(), kinds.sets_variables(),
                   *[kinds.raises() for _ in range(10)])
    if sys.version_info >= (3, 12):
        await kinds.starts_eagerly()


async def nested():
    await gathered(kinds.runs_a_loop())


async def callbacks():
    loop = asyncio.get_running_loop()
    worker, queue = calls.Worker(), collections.deque()
    for n in range(50 * kinds.scale):
        for callback in (calls.plain, calls.raises_in_callback, calls.Callable(), worker.method, worker.inherited,
                         calls.Worker.of_the_class, functools.partial(worker.method),
                         functools.partial(calls.with_arguments, 20_000)):
            loop.call_soon(callback)
        loop.call_soon(calls.with_arguments, 30_000, n)
        loop.call_soon(queue.append, n)
        loop.call_later(0.001 * n, calls.by_timer)
        loop.call_at(loop.time() + 0.0005 * n, calls.by_timer)
        loop.call_later(100, calls.plain).cancel()
    thread = threading.Thread(target=lambda: [loop.call_soon_threadsafe(calls.from_a_thread) for _ in range(50)])
    thread.start()
    await asyncio.sleep(0.3)
    thread.join()


async def workers():
    loop = asyncio.get_running_loop()
    await gathered(kinds.waits_for_workers())
    hog = loop.run_in_executor(None, kinds.in_worker, 10_000)
    await gathered(kinds.while_others_compute())
    await hog


async def threads():
    for thread in others:
        await thread.go(kinds.in_thread())


async def all_at_once():
    await gathered(*[thread.go(kinds.in_thread()) for thread in others])


async def twice():
    thread = others[-1]
    await thread.go(kinds.one_loop_after_the_other())
    thread.ready.clear()
    thread.loop.call_soon_threadsafe(thread.done.set)
    while not thread.ready.is_set():
        await asyncio.sleep(0.01)
    await thread.go(kinds.one_loop_after_the_other())


async def warmed():
    await asyncio.sleep(0)


async def warm():
    """What the program does before it is measured: each loop runs a task."""
    await warmed()
    for thread in others:
        await thread.go(warmed())


# ---- the program -----------------------------------------------------------------------------------------------

PHASES = {phase.__name__: phase
          for phase in (spins, sleeps, tasks, nested, callbacks, workers, threads, all_at_once, twice, warm)}


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
    server = await loop.create_server(calls.Echo, "127.0.0.1", 0)
    await loop.run_in_executor(None, int)  # makes the first thread of the pool
    print("port", commands.port, server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


def choose_loop(uvloop_wanted):
    if not uvloop_wanted:
        step_truth.watch_asyncio()
        return
    import uvloop
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    step_truth.log_steps_ourselves()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("log")
    parser.add_argument("--uvloop", action="store_true")
    parser.add_argument("--scale", type=int, default=1)
    arguments = parser.parse_args()
    kinds.scale = arguments.scale
    choose_loop(arguments.uvloop)
    others = [LoopThread(run) for run in (run_loop, run_loop_in_context, run_loop_twice)]
    asyncio.run(main(arguments.log))
