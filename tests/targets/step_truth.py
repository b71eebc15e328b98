"""Each step that a loop of this process runs, logged in memory and written to a file when asked to: the truth for the
tier "tasks". Runs on CPython 3.8 and later.

watch_asyncio() sees every Handle, whoever made it, and the loop's waits. The program itself says first() as the first
and last() as the last thing of each step: uvloop's handles are C, so there nothing else is known. A step inside a step (a
loop that is run in a handler) is a part of it.

write() gives JSON: steps, in the order of each thread: [tid, loop, kind, name, file, line, start, first, end, next],
CLOCK_MONOTONIC ns. A probe comes between start and first, which is 0 if the step did not say it. next is when the
thread's next step or wait began, null if it had none. On uvloop start is first, and next is end.
"""
import asyncio
import functools
import gc
import itertools
import json
import selectors
import sys
import threading
import time
import types

# The log is millions of objects in the end: to look through them would stop the server for seconds, again and again.
gc.disable()

now = time.monotonic_ns
_lock = threading.Lock()
_threads = []
_loops = itertools.count()


class _Thread(threading.local):
    """events: a list for each step, a number for each wait."""

    def __init__(self):
        self.events = []
        self.step = None
        with _lock:
            _threads.append((threading.get_native_id(), self.events))


_thread = _Thread()


def _is_step(callback):
    return "MethWrapper" in type(callback).__name__ or getattr(callback, "__name__", "") == "task_wakeup"


def _task_of(callback):
    """The task that a handle steps or wakes up; None for other callbacks."""
    if not _is_step(callback):
        return None
    owner = getattr(callback, "__self__", None)
    if owner is None:  # 3.8 and 3.9 do not tell whom they wake up
        owner = next(o for o in gc.get_referents(callback) if isinstance(o, asyncio.Task))
    return owner


def _code_of(coroutine):
    for name in ("cr_code", "gi_code", "ag_code"):
        if hasattr(coroutine, name):
            return getattr(coroutine, name)
    return None


def _generator_behind(awaitable):
    """What an asend() steps: the asynchronous generator."""
    if type(awaitable).__name__ != "async_generator_asend":
        return awaitable
    return next(o for o in gc.get_referents(awaitable) if isinstance(o, types.AsyncGeneratorType))


def _coroutine_key(coroutine):
    coroutine = _generator_behind(coroutine)
    code = _code_of(coroutine)
    if code is None:
        return ("task", type(coroutine).__name__, "", 0)
    return ("task", coroutine.__qualname__, code.co_filename, code.co_firstlineno)


def _callback_key(kind, callback):
    while isinstance(callback, functools.partial):
        callback = callback.func
    code = getattr(getattr(callback, "__func__", callback), "__code__", None)
    if code is None:
        return (kind, getattr(callback, "__qualname__", type(callback).__qualname__), "", 0)
    return (kind, callback.__qualname__, code.co_filename, code.co_firstlineno)


def _key_of(handle):
    task = _task_of(handle._callback)
    if task is not None:
        return _coroutine_key(task.get_coro())
    return _callback_key("timer" if isinstance(handle, asyncio.TimerHandle) else "callback", handle._callback)


def _number_of(loop):
    """Addresses are used again."""
    return loop.__dict__.setdefault("number in step_truth", next(_loops))


def _watch_handles():
    """Instead of Handle._run, not around it: whoever looks at frames sees as many as ever."""
    def _run(handle):
        outer, step = _thread.step, [_key_of(handle), _number_of(handle._loop), 0, 0, 0]
        if outer is None:
            _thread.step = step
            _thread.events.append(step)
        step[2] = now()
        try:
            handle._context.run(handle._callback, *handle._args)
        except BaseException as error:  # a cancelled callback, too
            handle._loop.call_exception_handler({"message": "callback failed", "exception": error, "handle": handle})
        step[4] = now()
        _thread.step = outer

    asyncio.Handle._run = _run


def _watch_waits():
    select = selectors.EpollSelector.select

    def watched(selector, timeout=None):
        if _thread.step is None:
            _thread.events.append(now())
        return select(selector, timeout)

    selectors.EpollSelector.select = watched


def watch_asyncio():
    global first
    first = _first_of_handle
    _watch_handles()
    _watch_waits()


# ---- trio ------------------------------------------------------------------------------------------------------

class Instrument:
    """Of trio: sees each step and wait of its loop."""

    def before_task_step(self, task):
        _thread.step = [_coroutine_key(task.coro), 0, 0, 0, 0]
        _thread.events.append(_thread.step)
        _thread.step[2] = now()

    def after_task_step(self, task):
        if _thread.step is None:  # the step that added it
            return
        _thread.step[4] = now()
        _thread.step = None

    def before_io_wait(self, timeout):
        _thread.events.append(now())


def watch_trio():
    """To be followed by trio.lowlevel.add_instrument(Instrument())."""
    global first
    first = _first_of_handle


# ---- what the program says -------------------------------------------------------------------------------------

def _running_key(frame):
    task = asyncio.current_task()
    if task is not None:
        return _coroutine_key(task.get_coro())
    code = frame.f_code
    return ("callback", getattr(code, "co_qualname", code.co_name), code.co_filename, code.co_firstlineno)


def _first_of_handle():
    step = _thread.step
    if step is not None and not step[3]:
        step[3] = now()


def _first():
    start = now()
    _thread.step = [_running_key(sys._getframe(1)), 0, start, start, 0]


def _last():
    _thread.events.append(_thread.step)
    _thread.step[4] = now()


def _nothing():
    pass


first = last = _nothing


def log_steps_ourselves():
    global first, last
    first, last = _first, _last


@types.coroutine
def give_way():
    """asyncio.sleep(0), with as little as can be between what is logged and the step's end."""
    last()
    yield
    first()


async def suspend(awaitable):
    """Awaits something that is not done yet: this step ends, and another begins."""
    last()
    try:
        return await awaitable
    finally:
        first()


# ---- the file --------------------------------------------------------------------------------------------------

def _steps_of(tid, events, ends_at_last):
    """From behind, because a step's next is what follows it."""
    after, steps = None, []
    for event in reversed(events):
        if isinstance(event, int):
            after = event
            continue
        key, loop, start, said, end = event
        steps.append([tid, loop, *key, start, said, end, end if ends_at_last else after])
        after = start
    return steps[::-1]


def write(path):
    with _lock:
        threads = list(_threads)
    steps = [step for tid, events in threads for step in _steps_of(tid, list(events), last is _last)
             if step[8]]  # not the one that writes
    with open(path, "w") as file:
        json.dump({"steps": steps}, file)
