"""An asyncio server that logs its own truth: asyncio_server.py LOG [--uvloop] [--mode MODE]

Speaks the line protocol of line_server.h. Modes:
  serve   serve requests (idle as long as there are none)
  yield   besides, run 100 us tasks that keep the loop 90 % busy and yield after each
  pool    besides, a pool thread that talks to one socket with a timeout, as a database driver does
  ends    serve until a client says quit; then asyncio.run() returns and the program waits in input()
"""
import argparse
import asyncio
import concurrent.futures
import socket
import time

import truth

YIELD_TASK_NS = 100_000
YIELD_BURST = 100  # tasks before each 1 ms of idleness


class Server:
    def __init__(self, log):
        self.log = log
        self.quit = asyncio.Event()

    async def serve(self, reader, writer):
        while line := await reader.readline():
            await self.run(line.decode().split())
            writer.write(b"ok\n")
        writer.close()

    async def run(self, words):
        if words[0] == "quit":
            self.quit.set()
        elif words[0] == "block":
            self.log.block(words[1], int(words[2]))


async def yield_often():
    while True:
        for _ in range(YIELD_BURST):
            end = time.monotonic_ns() + YIELD_TASK_NS
            while time.monotonic_ns() < end:
                pass
            await asyncio.sleep(0)
        await asyncio.sleep(0.001)


def talk_to_one_socket(port):
    """Polls one socket, works 30 ms without it, and so on: a naive eye would see a loop with stalls."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        while True:
            connection.sendall(b"ping\n")
            if not connection.recv(16):  # a timeout makes this a poll() and then a recv()
                return
            time.sleep(0.03)


async def main(args, log):
    server = Server(log)
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    print("port", port, flush=True)
    extra = asyncio.ensure_future(yield_often()) if args.mode == "yield" else None
    if args.mode == "pool":
        pool = concurrent.futures.ThreadPoolExecutor(1)
        asyncio.get_running_loop().run_in_executor(pool, talk_to_one_socket, port)
    await server.quit.wait()
    if extra:
        extra.cancel()


def run(args):
    if args.uvloop:
        import uvloop
        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(main(args, truth.Log(args.log)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("log")
    parser.add_argument("--uvloop", action="store_true")
    parser.add_argument("--mode", choices=["serve", "yield", "pool", "ends"], default="serve")
    arguments = parser.parse_args()
    run(arguments)
    if arguments.mode == "ends":
        print("ended", flush=True)
        input()
