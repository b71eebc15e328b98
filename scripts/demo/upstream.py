#!/usr/bin/env python3
"""A slow service for the demo to call: answers each HTTP request after 60 ms. Prints "port P"."""
import http.server
import time


class Slow(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(0.06)
        body = b'{"price": 42}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    print("port", server.server_port, flush=True)
    server.serve_forever()
