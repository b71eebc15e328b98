#!/usr/bin/env python3
"""Mixed load for the demo: load.py PORT SECONDS. Mostly healthy requests, each trap now and then; prints what the
clients felt."""
import collections
import http.client
import random
import sys
import threading
import time

CLIENTS = 6
HEALTHY = {"/": 60, "/items": 30, "/search": 2}
TRAPS = {"/legacy": 1, "/login": 1, "/report": 1, "/price": 1, "/orders": 1, "/audit": 1, "/cached": 2}


class Client(threading.Thread):
    def __init__(self, port, until, seed):
        super().__init__(daemon=True)
        self.port, self.until, self.draw = port, until, random.Random(seed)
        self.times = collections.defaultdict(list)
        self.failed = 0

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)

    def run(self):
        paths, weights = zip(*{**HEALTHY, **TRAPS}.items())
        connection = self.connect()
        while time.monotonic() < self.until:
            self.request(connection, self.draw.choices(paths, weights)[0])
            time.sleep(self.draw.uniform(0.002, 0.02))
        connection.close()

    def request(self, connection, path):
        began = time.monotonic()
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            self.failed += answer.status != 200
            self.times[path].append(time.monotonic() - began)
        except (OSError, http.client.HTTPException):
            connection.close()  # and is opened again by the next request
            self.failed += 1


def quantile(ordered, q):
    return ordered[min(len(ordered) - 1, int(len(ordered) * q))] * 1000


def row(name, times):
    ordered = sorted(times)
    return f"  {name:<10}{len(ordered):>8}{quantile(ordered, 0.5):>10.1f} ms{quantile(ordered, 0.99):>10.1f} ms"


def main():
    port, length = int(sys.argv[1]), float(sys.argv[2])
    clients = [Client(port, time.monotonic() + length, seed) for seed in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    times = {path: [t for c in clients for t in c.times[path]] for path in {**HEALTHY, **TRAPS}}
    print(f"What {CLIENTS} clients felt, end to end:")
    print("  path      requests       p50          p99")
    for path, values in times.items():
        if values:
            print(row(path, values))
    failed = sum(client.failed for client in clients)
    print(f"  {failed} requests failed" if failed else "  no request failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
