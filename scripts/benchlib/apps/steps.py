"""hello.py on a loop that does nothing but task steps: a hundred tasks that only yield, again and again.

/count tells how many requests were answered, and how many steps were made: what CPU time is divided by.
"""
import asyncio

import hello

TASKS = 100
done = 0
tasks = []


async def yielding():
    global done
    while True:
        await asyncio.sleep(0)
        done += 1


async def app(scope, receive, send):
    if not tasks:
        tasks.extend(asyncio.ensure_future(yielding()) for _ in range(TASKS))
    if scope["path"] != "/count":
        return await hello.app(scope, receive, send)
    hello.count += 1
    return await hello.answer(send, b"%d %d" % (hello.count, done))
