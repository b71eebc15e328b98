"""What has nothing to do with loopstall: a process that sends datagrams to itself, as fast as it can. packets.py PORT

Its child is the target: an event loop that does nothing but to wake up ten times a second. A datagram "count" to PORT is
answered with the number of datagrams that were received.
"""
import os
import select
import socket
import sys

port = int(sys.argv[1])
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind(("127.0.0.1", port))
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.connect(("127.0.0.1", port))
parent = os.getpid()

if os.fork() == 0:
    receiver.close()
    idle = select.epoll()
    listeners = [socket.create_server(("127.0.0.1", number)) for number in (port, 0)]
    for listener in listeners:
        idle.register(listener, select.EPOLLIN)
    while os.getppid() == parent:
        for _ in idle.poll(0.1):
            listeners[0].accept()[0].close()
    os._exit(0)

received = 0
packet = bytes(64)
send, recvfrom = sender.send, receiver.recvfrom
send(packet)
while True:
    data, address = recvfrom(64)
    received += 1
    if data == b"count":
        receiver.sendto(b"%d" % received, address)
    else:
        send(packet)  # one for one: after a question there would be one more each time, until no more fit in
