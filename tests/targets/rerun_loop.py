"""rerun_loop.py LOG STYLE [--uvloop]: one loop object that runs several times, each time from another depth of the stack, ...
  forever   run_until_complete() to set up, then run_forever()
  wrapped   set up, then served from inside a wrapper, some C frames deeper
  ended     asyncio.run(), and after it a synchronous program: a socket with a timeout, and a sleep of 60 ms
  late      waits for its database first, sleeps, asks its backend; then served as "wrapped", for two seconds
  between   short runs, with 20 ms of synchronous code after each, which is logged
... or loops one after the other, whose coroutine job() blocks for 30 ms in its first step and in its last, which is logged:
  jobs      while the file LOG.go is there, beside one that idles
  thread    the same, in a thread of their own
  short     thirty, and nothing else
  inside    while the file LOG.go is there, in the handlers of another loop; each is one block
A second is 20 rounds; of the first two styles every fifth blocks for 30 ms while the file LOG.go is there, which is logged."""
import asyncio
import contextlib
import os
import pathlib
import select
import socket
import sys
import threading
import time

import truth

ROUND_S, ROUNDS, BLOCK_NS = 0.05, 5, 30_000_000


def wrapper(function):
    def call(*args, **kwargs):
        return function(*args, **kwargs)
    return call


async def listen():
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    print("port", server.sockets[0].getsockname()[1], flush=True)
    return server


async def set_up():
    server = await listen()
    for _ in range(5):
        await asyncio.sleep(ROUND_S)
    return server


async def serve(log, go, rounds):
    for i in range(1, rounds):
        await asyncio.sleep(ROUND_S)
        if i % ROUNDS == 0 and go.exists():
            log.block("sleep", BLOCK_NS)


async def serve_a_second():
    async with await listen():
        await asyncio.sleep(1)


def synchronous():
    asyncio.run(serve_a_second())
    print("ended", flush=True)
    near, far = socket.socketpair()
    near.settimeout(0.05)
    while far:
        try:
            near.recv(1)
        except TimeoutError:
            time.sleep(0.06)


def before_it_serves():
    """None of this is a loop's, nor are the 50 ms in it a stall."""
    for _ in range(4):
        near, far = socket.socketpair()
        near.settimeout(0.02)
        with near, far, contextlib.suppress(TimeoutError):
            near.recv(1)
        select.select([], [], [], 0.02)  # what time.sleep() is before 3.11
    time.sleep(0.05)
    select.select([], [], [], 0.001)


def between(loop, log):
    while True:
        loop.run_until_complete(asyncio.sleep(0.001))
        log.block("sleep", 20_000_000)


async def job(log):
    log.block("sleep", BLOCK_NS)
    await asyncio.sleep(0.01)
    log.block("sleep", BLOCK_NS)


def run_job(log):
    loop = asyncio.new_event_loop()
    loop.run_until_complete(job(log))
    loop.close()


def inside(log, go):
    print("port 0", flush=True)
    poller, pipes = select.epoll(), [os.pipe() for _ in range(2)]
    for reader, _ in pipes:
        poller.register(reader, select.EPOLLIN)
    quiet = truth.Log(os.devnull)
    while True:
        poller.poll(ROUND_S)
        start = time.monotonic_ns()
        if go.exists():
            run_job(quiet)
            time.sleep(0.02)
            log.line("loop", start, time.monotonic_ns())


def jobs(log, go):
    while go.exists():
        run_job(log)


def jobs_now_and_then(loop, log, go, in_thread):
    while True:
        loop.run_until_complete(asyncio.sleep(ROUND_S))
        thread = threading.Thread(target=jobs, args=(log, go))
        (thread.start if in_thread else thread.run)()
        while thread.is_alive():
            loop.run_until_complete(asyncio.sleep(ROUND_S))


def main():
    path, style = sys.argv[1:3]
    log, go = truth.Log(path), pathlib.Path(path + ".go")
    if "--uvloop" in sys.argv:
        import uvloop
        uvloop.install()
    if style == "ended":
        synchronous()
    if style == "late":
        before_it_serves()
    if style == "inside":
        inside(log, go)
    if style == "short":
        for _ in range(30):
            run_job(log)
        return
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    server = loop.run_until_complete(set_up())
    if style == "between":
        between(loop, log)
    if style in ("jobs", "thread"):
        jobs_now_and_then(loop, log, go, style == "thread")
    task = loop.create_task(serve(log, go, 40 if style == "late" else 1_000_000))
    if style == "forever":
        loop.run_forever()
    else:
        wrapper(wrapper(loop.run_until_complete))(task)
    server.close()


main()
