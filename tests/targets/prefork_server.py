"""A parent that forks asyncio workers: prefork_server.py LOG [--workers N] [--own-loop] [--stalls N]

The parent creates the listening socket, which the workers inherit and serve; it never serves it. SIGUSR1 makes it
fork one more worker; with --stalls that one holds its loop so many times for 30 ms and ends. With --own-loop the parent runs an event loop too, for other things, while it keeps the
inherited socket open. Prints "port P" and a line "worker PID" for each worker.
"""
import argparse
import asyncio
import ctypes
import os
import signal
import socket
import time

import asyncio_server
import truth


PR_SET_PDEATHSIG = 1


async def stall(count):
    for _ in range(count):
        await asyncio.sleep(0.02)
        time.sleep(0.03)
    await asyncio.sleep(0.02)


def work(listener, log_path, stalls):
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)  # a worker does not outlive a parent that was killed
    signal.signal(signal.SIGUSR1, signal.SIG_DFL)

    async def main():
        server = asyncio_server.Server(truth.Log(log_path))
        await asyncio.start_server(server.serve, sock=listener)
        await (stall(stalls) if stalls else server.quit.wait())

    asyncio.run(main())
    os._exit(0)


def fork_worker(listener, log_path, stalls=0):
    pid = os.fork()
    if pid == 0:
        work(listener, log_path, stalls)
    print("worker", pid, flush=True)


async def tick():
    while True:
        await asyncio.sleep(0.01)


def main(args):
    listener = socket.create_server(("127.0.0.1", 0))
    print("port", listener.getsockname()[1], flush=True)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    for _ in range(args.workers):
        fork_worker(listener, args.log)
    if args.own_loop:
        asyncio.run(tick())
    while True:
        signal.sigwait([signal.SIGUSR1])
        fork_worker(listener, args.log, args.stalls)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("log")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--own-loop", action="store_true")
    parser.add_argument("--stalls", type=int, default=0)
    main(parser.parse_args())
