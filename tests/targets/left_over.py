"""Idle, with an epoll set that nobody waits for: left_over.py LOG accepts|polls|thread

accepts  polls its listener, as socketserver does; a library's set holds the connections that it made
polls    the same with a pipe, as a supervisor
thread   polls two sockets; an event loop of another thread is in a slow handler when a client sends "slow"
"""
import asyncio
import os
import select
import socket
import sys
import threading
import time

SLOW = 3


def poll(*descriptors):
    waits = select.poll()
    for descriptor in descriptors: waits.register(descriptor, select.POLLIN)
    while True: waits.poll()


def library():
    """What it holds."""
    backend = socket.create_server(("127.0.0.1", 0))
    made = [socket.create_connection(backend.getsockname()) for _ in range(2)]
    waits = select.epoll()
    for connection in made: waits.register(connection, select.EPOLLIN)
    return backend, made, waits


async def converse(reader, writer):
    while line := await reader.readline():
        if line == b"slow\n": time.sleep(SLOW)
        writer.write(b"ok\n")


async def serve():
    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    print("port", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if sys.argv[2] == "thread":
    threading.Thread(target=asyncio.run, args=[serve()], daemon=True).start()
    poll(*socket.socketpair())
held = library()
listener = socket.create_server(("127.0.0.1", 0))
print("port", listener.getsockname()[1], flush=True)
poll(listener, *(os.pipe()[:1] if sys.argv[2] == "polls" else []))
