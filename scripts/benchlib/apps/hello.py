"""Hello over ASGI; /count tells how many requests were answered."""
count = 0
HEADERS = [(b"content-type", b"text/plain")]


async def answer(send, body):
    headers = HEADERS + [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def app(scope, receive, send):
    global count
    count += 1
    await answer(send, b"%d" % count if scope["path"] == "/count" else b"hello\n")
