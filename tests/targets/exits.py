"""Ends in some way after 300 ms in a handler, or 300 ms after its loop: exits.py _exit|thread|kill|after|interrupt"""
import asyncio
import atexit
import os
import signal
import sys
import threading
import time

SECONDS = 0.3


def kill_in_a_while(how):
    time.sleep(SECONDS)
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(1)


async def main(how):
    for _ in range(2):
        await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    for _ in range(20):
        await asyncio.sleep(0.01)
    if how in ("thread", "kill"):
        threading.Thread(target=kill_in_a_while, args=(how,)).start()
        time.sleep(10)
    if how == "_exit":
        time.sleep(SECONDS)
        os._exit(1)
    if how == "interrupt":  # a Ctrl-C
        atexit.register(time.sleep, SECONDS)
        raise KeyboardInterrupt


if sys.argv[1] == "interrupt":
    asyncio.new_event_loop().run_until_complete(main("interrupt"))  # and nobody closes it
asyncio.run(main(sys.argv[1]))
time.sleep(SECONDS)
