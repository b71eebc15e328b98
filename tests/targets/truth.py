"""Deliberate blocks of a known kind and length for the Python targets, and the log in which they tell the truth
about themselves. The log's format is described in truth.h."""
import asyncio
import os
import select
import threading
import time

MIXED_SLICE_NS = 700_000
KERNEL_CHUNK = 1 << 20

_state = threading.local()


class Log:
    def __init__(self, path):
        self.fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)

    def line(self, kind, start, end, cpu=-1, runqueue=-1, user=-1):
        text = f"{kind} {threading.get_native_id()} {start} {end} {cpu} {runqueue} {user}\n"
        os.write(self.fd, text.encode())

    def block(self, kind, ns):
        runqueue, cpu, start = _runqueue_ns(), time.thread_time_ns(), time.monotonic_ns()
        user = KINDS[kind](ns)
        end, cpu_end, runqueue_end = time.monotonic_ns(), time.thread_time_ns(), _runqueue_ns()
        waited = -1 if runqueue < 0 else runqueue_end - runqueue
        self.line(kind, start, end, cpu_end - cpu, waited, -1 if user is None else user)


def _runqueue_ns():
    """Time that this thread waited for a CPU so far; -1 where the kernel does not keep it."""
    try:
        if not hasattr(_state, "schedstat"):
            _state.schedstat = os.open("/proc/thread-self/schedstat", os.O_RDONLY | os.O_CLOEXEC)
        return int(os.pread(_state.schedstat, 96, 0).split()[1])
    except (OSError, IndexError):
        return -1


def _sleep(ns):
    time.sleep(ns / 1e9)


def _spin(ns):
    end = time.monotonic_ns() + ns
    while time.monotonic_ns() < end:
        pass


def _spin_in_kernel(ns):
    """Kernel CPU without sleeping: the kernel clears a buffer, 50 us and more a call."""
    if not hasattr(_state, "zero"):
        _state.zero = os.open("/dev/zero", os.O_RDONLY | os.O_CLOEXEC)
        _state.buffer = [bytearray(KERNEL_CHUNK)]
    end = time.monotonic_ns() + ns
    while time.monotonic_ns() < end:
        os.readv(_state.zero, _state.buffer)


def _mixed(ns):
    """Half user, half kernel, in slices whose length has no common measure with a 1 ms sampling clock."""
    end, user = time.monotonic_ns() + ns, 0
    while time.monotonic_ns() < end:
        began = time.thread_time_ns()
        _spin(MIXED_SLICE_NS)
        user += time.thread_time_ns() - began
        _spin_in_kernel(MIXED_SLICE_NS)
    return user


def _silent_fd():
    """A descriptor that never becomes readable."""
    if not hasattr(_state, "pipe"):
        _state.pipe = os.pipe()
    return _state.pipe[0]


def _poll(ns):
    poller = select.poll()
    poller.register(_silent_fd(), select.POLLIN)
    poller.poll(ns / 1e6)


def _select(ns):
    select.select([_silent_fd()], [], [], ns / 1e9)


def _epoll(ns):
    with select.epoll() as poller:
        poller.register(_silent_fd(), select.EPOLLIN)
        poller.poll(ns / 1e9)


def _loop(ns):
    """A second event loop inside a handler of the first: what people do to call async code from sync code."""
    outer = asyncio.get_running_loop()
    inner = type(outer)()
    asyncio._set_running_loop(None)
    try:
        inner.run_until_complete(asyncio.sleep(ns / 1e9))
    finally:
        inner.close()
        asyncio._set_running_loop(outer)


def _reenter(ns):
    """The same loop, run again from inside one of its handlers, as nest_asyncio does it."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    done = loop.call_later(ns / 1e9, lambda: None)
    asyncio.tasks._leave_task(loop, task)
    try:
        while loop.time() < done.when():
            loop._run_once()
    finally:
        asyncio.tasks._enter_task(loop, task)


KINDS = {"sleep": _sleep, "spin": _spin, "mixed": _mixed, "poll": _poll, "select": _select, "epoll": _epoll,
         "loop": _loop, "reenter": _reenter}
