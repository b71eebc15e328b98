"""A module that takes some time to import: it makes tables."""
import time

_begin = time.thread_time_ns()
TABLE = {}
while time.thread_time_ns() < _begin + 25_000_000:
    TABLE[len(TABLE)] = str(len(TABLE)) * 3


def render(rows):
    return {"rows": rows, "template": TABLE[0]}
