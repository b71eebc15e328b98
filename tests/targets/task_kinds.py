"""The kinds of steps of task_server.py. Each step says that it begins and ends, see step_truth.py."""
import asyncio
import contextvars
import math
import random
import time
import types

import step_truth
from step_truth import give_way, now, suspend

US = 1000
MS = 1000 * US
scale = 1  # multiplies the counts
variable = contextvars.ContextVar("variable", default=0)


def spin(ns):
    end = now() + ns
    while now() < end:
        pass


def sleep(ns):
    time.sleep(ns / 1e9)


# ---- tasks -----------------------------------------------------------------------------------------------------

async def steps_of(count, work, ns):
    """Not a task of its own: each task below awaits it."""
    for _ in range(count * scale):
        work(ns)
        await give_way()


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
    await steps_of(20, sleep, 3 * MS)
    step_truth.last()


async def sleep_500ms():
    step_truth.first()
    await steps_of(1, sleep, 500 * MS)
    step_truth.last()


async def mixed():
    """From 20 us to 20 ms."""
    step_truth.first()
    lengths = random.Random(4)
    for _ in range(100 * scale):
        spin(int(20 * US * math.exp(lengths.random() * math.log(1000))))
        await give_way()
    step_truth.last()


async def raises():
    step_truth.first()
    await give_way()
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
        await give_way()


async def consumes_generator():
    step_truth.first()
    async for _ in numbers(30):
        spin(30 * US)
    step_truth.last()


async def stepped_itself():
    """An asynchronous generator whose asend() is a task."""
    step_truth.first()
    await give_way()
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
        await give_way()
    step_truth.last()


async def eager():
    """Its first step is a part of its creator's."""
    spin(50 * US)
    await give_way()
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
        await give_way()
    step_truth.last()


# ---- with other threads ----------------------------------------------------------------------------------------

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


async def in_thread():
    step_truth.first()
    await steps_of(100, spin, 100 * US)
    step_truth.last()


async def one_loop_after_the_other():
    step_truth.first()
    await steps_of(50, spin, 100 * US)
    step_truth.last()
