"""Servers in the styles of libraries that do unusual things to contexts and stacks: task_styles.py LOG STYLE

Prints "port COMMANDS PORT". Asked for "N" in a line at PORT, each style answers "N CHECK", where CHECK is what came out
of a way through its library that a probe in the wrong place would break (see answer()). COMMANDS takes a line "write"
and writes the log of steps (step_truth.py), of all styles but greenlet's and asgiref's own threads. SIGTERM ends it.
"""
import asyncio
import contextvars
import socket
import sys
import threading
import time

import step_truth

variable = contextvars.ContextVar("variable", default=None)


def answer(n):
    """What every style must come to."""
    return (n * 7 + 3) % 1000


def spin(ns):
    end = time.monotonic_ns() + ns
    while time.monotonic_ns() < end:
        pass


def half(n):
    """The first part of answer(), with the context's variable as its memory."""
    variable.set(n * 7)
    spin(20_000)
    return variable.get()


# ---- greenlet --------------------------------------------------------------------------------------------------

def await_only(awaitable):
    """Called in a greenlet: suspends it, with all the C frames that it stands in, until that is done."""
    import greenlet
    return greenlet.getcurrent().parent.switch(awaitable)


async def greenlet_spawn(function, *arguments):
    """As SQLAlchemy has it: synchronous code that may await."""
    import greenlet
    spawned = greenlet.greenlet(function)
    spawned.gr_context = contextvars.copy_context()
    result = spawned.switch(*arguments)
    while not spawned.dead:
        result = spawned.switch(await result)
    return result


def synchronous(n):
    """Sleeps inside Context.run: others enter and leave theirs meanwhile, in no order that a stack would have."""
    def within():
        value = half(n)
        await_only(asyncio.sleep(0.0005 * (n % 4)))
        await_only(asyncio.sleep(0))
        return variable.get() if value == variable.get() else -1
    return contextvars.copy_context().run(within)


async def by_greenlet(n):
    return (await greenlet_spawn(synchronous, n) + 3) % 1000


# ---- others ----------------------------------------------------------------------------------------------------

async def by_asgiref(n):
    """Into a thread, from there back into the loop, and back again."""
    from asgiref.sync import async_to_sync, sync_to_async

    async def inner(value):
        await asyncio.sleep(0)
        return value + 3

    def outer(value):
        return async_to_sync(inner)(half(value)) % 1000

    return await sync_to_async(outer, thread_sensitive=n % 2 == 0)(n)


async def by_anyio(n):
    import anyio
    import anyio.to_thread
    results = []

    async def child(part):
        await anyio.sleep(0.0001)
        results.append(part)

    async with anyio.create_task_group() as group:
        group.start_soon(child, await anyio.to_thread.run_sync(half, n))
        group.start_soon(child, 3)
    with anyio.move_on_after(0.0001):
        await anyio.sleep(10)
    return sum(results) % 1000


def remember(n):
    variable.set(n)
    return variable.get()


async def by_contexts(n):
    total = 0
    for k in range(30):
        context = contextvars.copy_context()
        total += context.run(remember, n if k < 7 else 0)
        if k % 10 == 0:
            await asyncio.sleep(0)
    await asyncio.gather(*[asyncio.ensure_future(asyncio.sleep(0)) for _ in range(5)])
    assert variable.get() is None
    return (total + 3) % 1000


# ---- servers ---------------------------------------------------------------------------------------------------

def serve_lines(compute):
    """An asyncio stream server."""
    async def serve(reader, writer):
        while line := await reader.readline():
            n = int(line)
            writer.write(b"%d %d\n" % (n, await compute(n)))
        writer.close()

    async def start():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        return server.sockets[0].getsockname()[1], server

    return start


async def start_aiohttp():
    """Its client asks its server: the line's answer goes twice through aiohttp."""
    from aiohttp import ClientSession, web

    async def handle(request):
        n = int(request.match_info["n"])
        await asyncio.sleep(0)
        return web.Response(text=str((half(n) + 3) % 1000))

    application = web.Application()
    application.router.add_get("/{n}", handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    inner = site._server.sockets[0].getsockname()[1]
    session = ClientSession()

    async def compute(n):
        async with session.get(f"http://127.0.0.1:{inner}/{n}") as response:
            return int(await response.text())

    port, server = await serve_lines(compute)()
    return port, (server, runner, session)


async def start_tornado():
    import tornado.gen
    import tornado.ioloop
    import tornado.iostream
    import tornado.tcpserver

    class Server(tornado.tcpserver.TCPServer):
        async def handle_stream(self, stream, address):
            try:
                while True:
                    n = int(await stream.read_until(b"\n"))
                    await tornado.gen.sleep(0.0001)
                    value = await tornado.ioloop.IOLoop.current().run_in_executor(None, half, n)
                    await stream.write(b"%d %d\n" % (n, (value + 3) % 1000))
            except tornado.iostream.StreamClosedError:
                pass

    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    server = Server()
    server.add_socket(listener)
    return listener.getsockname()[1], server


STYLES = {"greenlet": serve_lines(by_greenlet), "asgiref": serve_lines(by_asgiref), "anyio": serve_lines(by_anyio),
          "contexts": serve_lines(by_contexts), "aiohttp": start_aiohttp, "tornado": start_tornado}


def obey(listener, log):
    """In a thread, which is no loop: the loop has nothing to do with it."""
    while True:
        connection = listener.accept()[0]
        while connection.recv(100):
            step_truth.write(log)
            connection.sendall(b"ok\n")


async def main(log, style):
    commands = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=obey, args=(commands, log), daemon=True).start()
    port, kept = await STYLES[style]()
    print("port", commands.getsockname()[1], port, flush=True)
    await asyncio.Event().wait()
    del kept


if __name__ == "__main__":
    step_truth.watch_asyncio()
    asyncio.run(main(sys.argv[1], sys.argv[2]))
