"""Thousands of distinct coroutines: many_tasks.py LOG. Obeys as task_server.py does; its phases: warm, many (10,000
coroutines, ten of them heavy) and more (4,000 others)."""
import asyncio
import sys

import step_truth
import task_server
from task_kinds import MS, US, spin

MANY, MORE = 10_000, 4_000
EACH = 1000   # of these many one is heavy,
HEAVY_RUNS = 3  # and runs more than once
AT_ONCE = 500
kept = []  # functions that are gone would leave their addresses to others: no two are then the same to a profiler
SOURCE = """async def {name}_{n}():
    work({n})
"""


def work(n):
    spin((1 + n // EACH) * MS if n % EACH == 0 else 10 * US)


def made(name, count):
    """Functions of one file that nobody wrote."""
    source = "".join(SOURCE.format(name=name, n=n) for n in range(1, count + 1))
    names = {"work": work}
    exec(compile(source, f"/generated/{name}.py", "exec"), names)
    kept.extend(names[f"{name}_{n}"] for n in range(1, count + 1))
    return kept[-count:]


async def run_all(functions):
    for at in range(0, len(functions), AT_ONCE):
        await task_server.gathered(*[function() for function in functions[at:at + AT_ONCE]])


async def many():
    functions = made("many", MANY)
    await run_all(functions)
    for _ in range(HEAVY_RUNS - 1):
        await run_all(functions[EACH - 1::EACH])


async def more():
    await run_all(made("more", MORE))


async def warm():
    await task_server.warmed()


if __name__ == "__main__":
    task_server.PHASES.update(many=many, more=more, warm=warm)
    step_truth.watch_asyncio()
    asyncio.run(task_server.main(sys.argv[1]))
