"""A WSGI app for a sync worker: /pid, and /block/KIND/NS. The log's path comes from TRUTH_LOG."""
import os

import truth

_log = truth.Log(os.environ["TRUTH_LOG"])


def app(environ, start_response):
    words = environ["PATH_INFO"].strip("/").split("/")
    if words[0] == "block":
        _log.block(words[1], int(words[2]))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
