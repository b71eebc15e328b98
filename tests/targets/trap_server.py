"""An asyncio server full of traps: each blocks the loop in a way that servers really do, and logs who did it.

trap_server.py LOG [--uvloop] [--by-hand]; a line is a request, "ok" its answer:
  ping                      nothing
  prepare KIND NS           what a trap needs before: a thread that holds the lock, or the GIL, for NS
  trap KIND WAY NS [PORT]   falls into the trap, by one of the WAYS in which a loop runs code
Each blocking call goes to LOG (trap_log.py). The blocking line is always the one right above the line that logs.
"""
import argparse
import asyncio
import functools
import random
import re
import socket
import sqlite3
import subprocess
import threading
import time

from trap_log import Log, begin, now

STEP = 8192  # random numbers that sort in about a millisecond


log = None
lock = threading.Lock()
database = None


def sleep(ns, port):
    began = begin()
    time.sleep(ns / 1e9)
    log.block("sleep", began)


def spin(ns, port):
    began = begin()
    while now() < began[0] + ns: pass
    log.block("spin", began)


def regex(ns, port):
    began = begin()
    while now() < began[0] + ns: re.match(r"(a+)+$", "aaaaaaaaaaaaaaab")
    log.block("regex", began)


def socket_read(ns, port):
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"%d\n" % ns)
        began = begin()
        connection.recv(16)
        log.block("socket", began)


def socket_timeout(ns, port):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"%d\n" % ns)
        began = begin()
        connection.recv(16)
        log.block("socket_timeout", began)


class Store:
    def commit_often(self, ns, port):
        began = begin()
        while now() < began[0] + ns: database.execute("insert into t values (1)"), database.commit()
        log.block("sqlite", began)


def wait_for_lock(ns, port):
    began = begin()
    lock.acquire()
    log.block("lock", began)
    lock.release()


def resolve(ns, port):
    began = begin()
    socket.getaddrinfo(f"slow{ns}.test.", 80)
    log.block("dns", began)


def run_child(ns, port):
    began = begin()
    subprocess.run(["sleep", str(ns / 1e9)])
    log.block("child", began)


TRAPS = {"sleep": sleep, "spin": spin, "regex": regex, "socket": socket_read, "socket_timeout": socket_timeout,
         "sqlite": Store().commit_often, "lock": wait_for_lock, "dns": resolve, "child": run_child}


# ---- what other threads do ----

def hold_lock(ns, taken):
    with lock:
        taken.set()
        time.sleep(ns / 1e9)


def sort_for(ns, taken):
    numbers = [random.random() for _ in range(max(1, ns // 1_000_000) * STEP)]
    taken.set()
    began = begin()
    sorted(numbers)
    log.block("gil_sort", began)


def match_for(ns, taken):
    text = "a" * (20 + (ns // 1_000_000 > 60)) + "b"
    taken.set()
    began = begin()
    re.match(r"(a+)+$", text)
    log.block("gil_regex", began)


HELPERS = {"lock": hold_lock, "gil_sort": sort_for, "gil_regex": match_for}


async def prepare(kind, ns):
    taken = threading.Event()
    threading.Thread(target=HELPERS[kind], args=(ns, taken), daemon=True).start()
    while not taken.is_set():
        await asyncio.sleep(0.001)


# ---- the ways ----

def spring(kind, ns, port):
    TRAPS[kind](ns, port)


async def one_task(kind, ns, port):
    TRAPS[kind](ns, port)


class Callback:
    def __init__(self, done):
        self.done = done

    def fire(self, kind, ns, port):
        TRAPS[kind](ns, port)
        self.done.set_result(None)


async def by_await(kind, ns, port):
    await asyncio.sleep(0)
    spring(kind, ns, port)


async def by_task(kind, ns, port):
    await asyncio.ensure_future(one_task(kind, ns, port))


async def by_callback(kind, ns, port):
    done = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(functools.partial(Callback(done).fire, kind), ns, port)
    await done


async def by_timer(kind, ns, port):
    done = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0.001, Callback(done).fire, kind, ns, port)
    await done


WAYS = {"await": by_await, "task": by_task, "callback": by_callback, "timer": by_timer}


async def serve(reader, writer):
    while True:
        words = (await reader.readline()).decode().split()
        if not words:
            break
        if words[0] == "prepare":
            await prepare(words[1], int(words[2]))
        elif words[0] == "trap":
            await WAYS[words[2]](words[1], int(words[3]), int(words[4]))
        writer.write(b"ok\n")
    writer.close()


async def main():
    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    print("port", listener.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


def warm_up(path):
    """What is slow the first time only: imports, the database, the codec of names."""
    global database
    database = sqlite3.connect(path + ".db")
    database.execute("create table if not exists t (n)")
    socket.getaddrinfo("localhost", 80)
    subprocess.run(["true"])
    re.match(r"(a+)+$", "b")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("log")
    parser.add_argument("--uvloop", action="store_true")
    parser.add_argument("--by-hand", action="store_true", help="the loop's own run_until_complete(), no asyncio.run()")
    arguments = parser.parse_args()
    log = Log(arguments.log)
    warm_up(arguments.log)
    if arguments.uvloop:
        import uvloop
        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    if arguments.by_hand:
        asyncio.new_event_loop().run_until_complete(main())
    else:
        asyncio.run(main())
