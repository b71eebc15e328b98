"""load.py PORT SECONDS: one client that asks for one thing after the other. /export is rare, and first comes when any
warm-up is over."""
import http.client
import sys
import time

PATHS = ["/health", "/items", "/report", "/health", "/search/abc123", "/save", "/login/ann", "/health", "/report"]
EXPORT_AFTER, EXPORT_EVERY = 2.0, 1.0


def main(port, seconds):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    begin = time.monotonic()
    next_export = begin + EXPORT_AFTER
    number = 0
    while (now := time.monotonic()) < begin + seconds:
        path = PATHS[number % len(PATHS)]
        number += 1
        if now >= next_export:
            path, next_export = "/export", now + EXPORT_EVERY
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            sys.exit(f"{path}: {answer.status}")
        time.sleep(0.001)


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
