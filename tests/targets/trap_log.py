"""The log in which Python targets tell which line of which function blocked, and what the loop had dispatched.

One line of JSON per blocking call: kind, tid, start and end (CLOCK_MONOTONIC), the thread's CPU time, the time that it
waited for a CPU (from schedstat), and [function, file, line] of the blocking line (frame) and of the outermost function
of our own that the loop dispatched (handler).
"""
import json
import os
import sys
import threading
import time

now = time.monotonic_ns


def qualified(code):
    return getattr(code, "co_qualname", code.co_name)


def place(frame, line):
    return [qualified(frame.f_code), frame.f_code.co_filename, line]


def is_loop(frame):
    """The frame that dispatches: Handle._run, or on uvloop, whose own frames are not Python's, Runner.run or main."""
    return frame is None or "/asyncio/" in frame.f_code.co_filename or frame.f_code.co_name == "<module>"


def is_library(frame):
    return "/lib/python" in frame.f_code.co_filename


def handler_of(frame):
    """The outermost function of our own below the loop: a framework's frames that called it are not ours."""
    handler = frame
    while not is_loop(frame):
        handler = handler if is_library(frame) else frame
        frame = frame.f_back
    return handler


def waited_for_cpu():
    with open("/proc/thread-self/schedstat", "rb", buffering=0) as file:
        return int(file.read(96).split()[1])


class Log:
    def __init__(self, path):
        self.fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)

    def block(self, kind, began):
        """Logs the caller's previous line."""
        end, cpu, runqueue = now(), time.thread_time_ns(), waited_for_cpu()
        frame = sys._getframe(1)
        handler = handler_of(frame)
        line = frame.f_lineno - 1
        entry = {"kind": kind, "tid": threading.get_native_id(), "start": began[0], "end": end, "cpu": cpu - began[1],
                 "runqueue": runqueue - began[2], "frame": place(frame, line),
                 "handler": place(handler, line if handler is frame else handler.f_lineno)}
        os.write(self.fd, (json.dumps(entry) + "\n").encode())


def begin():
    runqueue, cpu = waited_for_cpu(), time.thread_time_ns()
    return now(), cpu, runqueue
