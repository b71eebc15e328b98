"""hello.py in a server whose loop has to share the GIL with a thread that never rests.

/count tells how many requests were answered, and how much that thread has done. The loop's system calls give the GIL
away, some of them to the other thread, and then it takes a switch interval to have it back: hundreds of times a second
(scripts/bench tells how often).
"""
import sys
import threading

import hello

SWITCH = 0.001
done = 0


def work():
    global done
    while True:
        total = 0
        for i in range(1000):
            total += i * i
        done += 1


async def app(scope, receive, send):
    if scope["path"] != "/count":
        return await hello.app(scope, receive, send)
    hello.count += 1
    return await hello.answer(send, b"%d %d" % (hello.count, done))


sys.setswitchinterval(SWITCH)
threading.Thread(target=work, daemon=True).start()
