"""A server whose functions are called from callbacks of libraries: of two protocols by asyncio's transport, and by Tornado's
loop where there is Tornado ("--tornado").

It prints "port P Q", one for each protocol. A byte says what to do: x nothing, s sleep, c compute, t compute in a function
that Tornado calls. Each call is a line of the log: function, start, end (CLOCK_MONOTONIC)."""
import asyncio
import json
import os
import sys
import time

now = time.monotonic_ns
LENGTH = 12_000_000
log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)


def compute():
    end = now() + LENGTH
    while now() < end:
        pass


def note(function, start):
    os.write(log, (json.dumps([function, start, now()]) + "\n").encode())


class Serving(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport


class First(Serving):
    def data_received(self, data):
        start = now()
        if data == b"t":
            return from_tornado(called_by_tornado, self.transport)
        if data == b"s":
            time.sleep(LENGTH / 1e9)
        elif data == b"c":
            compute()
        self.transport.write(data)
        note("First.data_received", start)


class Second(Serving):
    def data_received(self, data):
        start = now()
        if data == b"c":
            compute()
        self.transport.write(data)
        note("Second.data_received", start)


def called_by_tornado(transport):
    start = now()
    compute()
    transport.write(b"t")
    note("called_by_tornado", start)


async def main():
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(protocol, "127.0.0.1", 0) for protocol in (First, Second)]
    print("port", *[server.sockets[0].getsockname()[1] for server in servers], flush=True)
    await asyncio.Event().wait()


if "--tornado" in sys.argv:
    import tornado.ioloop

    def from_tornado(function, *arguments):
        tornado.ioloop.IOLoop.current().add_callback(function, *arguments)

asyncio.run(main())
