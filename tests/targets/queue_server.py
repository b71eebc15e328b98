"""An asyncio server whose work is in named tasks: queue_server.py LOG [--uvloop] [--udp] [--unix PATH]

ping is answered where it is read. rare NS and often NS start a task of that name, which holds the loop for so long and logs
when: lines of "name start end", CLOCK_MONOTONIC ns. By UDP and on a unix socket as well, if asked for.
"""
import asyncio
import signal
import sys
import time

LOG = []


def hold(name, ns):
    start = time.monotonic_ns()
    end = start + ns
    while time.monotonic_ns() < end:
        pass
    LOG.append((name, start, time.monotonic_ns()))


async def rare(transport, ns):
    hold("rare", ns)
    transport.write(b"ok\n")


async def often(transport, ns):
    hold("often", ns)
    transport.write(b"ok\n")


class Lines(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.tasks = set()

    def data_received(self, data):
        for line in data.decode().splitlines():
            self.run(line.split())

    def run(self, words):
        if words[0] == "ping":
            self.transport.write(b"ok\n")
            return
        work = {"rare": rare, "often": often}[words[0]]
        task = asyncio.get_running_loop().create_task(work(self.transport, int(words[1])))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


class Datagrams(asyncio.DatagramProtocol):
    """A datagram that is not ping holds the loop where it is read."""

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        words = data.decode().split()
        if words[0] != "ping":
            hold(words[0], int(words[1]))
        self.transport.sendto(b"ok\n", address)


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Lines, "127.0.0.1", 0)
    ports = [server.sockets[0].getsockname()[1]]
    if "--udp" in sys.argv:
        transport, _ = await loop.create_datagram_endpoint(Datagrams, ("127.0.0.1", 0))
        ports.append(transport.get_extra_info("sockname")[1])
    if "--unix" in sys.argv:
        await loop.create_unix_server(Lines, sys.argv[sys.argv.index("--unix") + 1])
    print("port", *ports, flush=True)
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    with open(sys.argv[1], "w") as log:
        log.writelines(f"{name} {start} {end}\n" for name, start, end in LOG)


if "--uvloop" in sys.argv:
    import uvloop
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
asyncio.run(main())
