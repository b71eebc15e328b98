"""Asks its workers one after the other whether they are there, and sleeps on a lock in between: uvicorn's supervisor does so
since 0.30. No loop."""
import select
import socket
import threading

WORKERS = 4
PAUSE = 0.3

print("port 0", flush=True)
workers = [socket.socketpair() for _ in range(WORKERS)]
while True:
    for here, there in workers:
        there.send(b"pong")
        waits = select.poll()
        waits.register(here, select.POLLIN)
        waits.poll(5000)
        here.recv(4)
    threading.Event().wait(PAUSE)
