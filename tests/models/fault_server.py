"""A model server that does what servers do on a bad day, on 127.0.0.1.

Each request takes the next act of a play; the last act is repeated. An act is a function of the handler. The server
knows nothing of workup: it writes bytes.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Act = Callable[["Handler"], None]

GOOD: dict[str, Any] = {
    "id": "1",
    "object": "chat.completion",
    "model": "tiny",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Measles."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 7, "completion_tokens": 2},
}


class Handler(BaseHTTPRequestHandler):
    """Reads a request and plays the next act."""

    server: FaultServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        act = self.server.take(self.path, dict(self.headers), json.loads(body))
        # The client may be gone before the act is over.
        with suppress(OSError):
            act(self)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def send(self, content: bytes, status: int = 200, kind: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)


class FaultServer(ThreadingHTTPServer):
    """Plays acts and keeps what it was asked."""

    daemon_threads = True

    def __init__(self, *acts: Act) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.acts = list(acts)
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.lock = threading.Lock()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def take(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> Act:
        with self.lock:
            self.paths.append(path)
            self.headers.append(headers)
            self.asked.append(body)
            return self.acts[min(len(self.asked), len(self.acts)) - 1]

    def __enter__(self) -> FaultServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.shutdown()
        self.server_close()
        self.thread.join()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


def answer(**changes: Any) -> Act:
    """A good completion, with changes of its top fields."""
    return lambda handler: handler.send(json.dumps(GOOD | changes).encode())


def says(text: str) -> Act:
    """A good completion of one text."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return answer(choices=[choice])


def raw(content: bytes, status: int = 200, kind: str = "application/json", **headers: str) -> Act:
    """Any bytes with any status."""
    return lambda handler: handler.send(content, status, kind, **headers)


def error(status: int, message: str = "no", code: Any = None, **headers: str) -> Act:
    """An error as OpenAI words it."""
    said = {"error": {"message": message, "type": "some_error", "code": code}}
    return raw(json.dumps(said).encode(), status, **headers)


def silence(handler: Handler) -> None:
    """Never answers."""
    handler.server.over.wait(30)


def cut(handler: Handler) -> None:
    """Promises a whole answer and hangs up in the middle."""
    content = json.dumps(GOOD).encode()
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content[: len(content) // 2])
    handler.close_connection = True


def cut_chunks(handler: Handler) -> None:
    """Hangs up in the middle of a chunked answer."""
    content = json.dumps(GOOD).encode()
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"%x\r\n%b\r\n40\r\nhalf a chunk" % (20, content[:20]))
    handler.close_connection = True


def reset(handler: Handler) -> None:
    """Resets the connection without an answer."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def half_json(handler: Handler) -> None:
    """A complete answer that is half a document."""
    content = json.dumps(GOOD).encode()
    handler.send(content[: len(content) // 2])


def endless(handler: Handler) -> None:
    """Never stops sending, until the client has had enough."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    handler.close_connection = True
    block = b" " * 65536
    for _ in range(4096):
        handler.wfile.write(block)


def drip(handler: Handler) -> None:
    """Sends a byte now and then, so that no single read takes long."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    handler.close_connection = True
    while not handler.server.over.wait(0.01):
        handler.wfile.write(b" ")
        handler.wfile.flush()


def bytes_on_the_line(content: bytes) -> Act:
    """These bytes instead of any HTTP."""

    def act(handler: Handler) -> None:
        handler.wfile.write(content)
        handler.wfile.flush()
        handler.close_connection = True

    return act
