"""buffered_server.py: a BufferedProtocol on uvloop, as its TLS is made of: prints "port P", answers each byte after 1 ms."""
import asyncio
import time

import uvloop

WORK_NS = 1_000_000


class Buffered(asyncio.BufferedProtocol):
    def __init__(self):
        self.buffer = bytearray(64)

    def connection_made(self, transport):
        self.transport = transport

    def get_buffer(self, _size):
        return self.buffer

    def buffer_updated(self, count):
        end = time.monotonic_ns() + WORK_NS
        while time.monotonic_ns() < end:
            pass
        self.transport.write(bytes(self.buffer[:count]))


async def main():
    server = await asyncio.get_running_loop().create_server(Buffered, "127.0.0.1", 0)
    print("port", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


uvloop.install()
asyncio.run(main())
