"""A WSGI app for a sync worker: /pid, /block/KIND/NS, and /command/NS. The log's path comes from TRUTH_LOG."""
import os
import socket
import subprocess

import truth

_log = truth.Log(os.environ["TRUTH_LOG"])


def _command(ns):
    """Sockets stand at the numbers of the pipes that subprocess has polled."""
    subprocess.run(["true"], capture_output=True, check=True)
    sockets = [socket.socket() for _ in range(4)]
    _log.block("sleep", ns)
    for one in sockets:
        one.close()


def app(environ, start_response):
    words = environ["PATH_INFO"].strip("/").split("/")
    if words[0] == "block":
        _log.block(words[1], int(words[2]))
    elif words[0] == "command":
        _command(int(words[1]))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
