"""An ASGI app for uvicorn, also with several workers: /pid, and /block/KIND/NS. The log's path comes from
TRUTH_LOG."""
import os

import truth

_log = truth.Log(os.environ["TRUTH_LOG"])


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    words = scope["path"].strip("/").split("/")
    if words[0] == "block":
        _log.block(words[1], int(words[2]))
    while (await receive()).get("more_body"):
        pass
    body = str(os.getpid()).encode()
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
