"""Loops in threads of their own: run as they are, within a context, and two of them one after the other."""
import asyncio
import contextvars
import socket
import threading


class LoopThread:
    """Serves a loop that is idle until go() has something for it; main(thread) is what the thread runs."""

    def __init__(self, main):
        self.ready = threading.Event()
        self.thread = threading.Thread(target=main, args=(self,), daemon=True)
        self.thread.start()
        self.ready.wait()

    async def serve(self):
        """Two sockets, as loops have them, and nothing to do."""
        self.loop, self.done = asyncio.get_running_loop(), asyncio.Event()
        server = await self.loop.create_server(asyncio.Protocol, "127.0.0.1", 0)
        client = socket.create_connection(server.sockets[0].getsockname())
        self.ready.set()
        await self.done.wait()
        client.close()
        server.close()

    def go(self, coroutine):
        return asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self.loop))


def run_loop(thread):
    asyncio.run(thread.serve())


def run_loop_in_context(thread):
    contextvars.copy_context().run(asyncio.run, thread.serve())


def run_loop_twice(thread):
    asyncio.run(thread.serve())
    thread.ready.clear()
    asyncio.run(thread.serve())
