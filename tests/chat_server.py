"""A real HTTP server on this machine that answers chat completions, and misbehaves on demand."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

AT_ONCE = {"retry-after-ms": "1"}
"""Headers that spare a test the pauses between attempts."""


@dataclass
class Response:
    """What the server does with one request.

    ``events`` make it a stream: mappings are sent as JSON, texts as they are. ``cut`` ends the
    connection after all of it without saying that this was the end; ``pause_s`` is waited before
    the first byte, ``event_pause_s`` between events.
    """

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    events: Sequence[Any] | None = None
    cut: bool = False
    pause_s: float = 0.0
    event_pause_s: float = 0.0


@dataclass(frozen=True)
class Asked:
    """A request; ``at`` by the monotonic clock, ``client`` tells connections apart."""

    body: dict[str, Any]
    headers: dict[str, str]
    at: float
    client: Any


Responder = Callable[[dict[str, Any]], Response]


def usage(spent: int = 7, written: int = 2, cached: int = 0) -> dict[str, Any]:
    """The endpoint's count."""
    return {
        "prompt_tokens": spent,
        "completion_tokens": written,
        "total_tokens": spent + written,
        "prompt_tokens_details": {"cached_tokens": cached},
    }


def said(text: str | None, *, finish: str | None = "stop", **message: Any) -> Response:
    """A whole answer."""
    choice = {
        "index": 0,
        "finish_reason": finish,
        "message": {"role": "assistant", "content": text, **message},
    }
    body = {
        "id": "x",
        "object": "chat.completion",
        "created": 0,
        "model": "served",
        "choices": [choice],
        "usage": usage(),
    }
    return Response(body=body)


def piece(text: str | None, *, finish: str | None = None, **delta: Any) -> dict[str, Any]:
    """One piece of a streamed answer."""
    choice = {"index": 0, "finish_reason": finish, "delta": {"content": text, **delta}}
    return {
        "id": "x",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "served",
        "choices": [choice],
    }


def streamed(*texts: str, finish: str | None = "stop", done: bool = True) -> Response:
    """A streamed answer with the endpoint's count at its end."""
    events: list[Any] = [piece(text) for text in texts]
    if finish:
        events.append(piece(None, finish=finish))
        events.append({**piece(None), "choices": [], "usage": usage()})
    return Response(events=[*events, "[DONE]"] if done else events)


def answering(text: str) -> Responder:
    """Answers every question with ``text``, streamed word by word where that is asked for."""

    def respond(body: dict[str, Any]) -> Response:
        if not body.get("stream"):
            return said(text)
        words = text.split(" ")
        return streamed(*(f"{word} " for word in words[:-1]), words[-1])

    return respond


def failure(status: int, message: str = "no", **error: Any) -> Response:
    """An error in OpenAI's form."""
    return Response(status, {"error": {"message": message, **error}}, AT_ONCE)


class ChatServer:
    """Answers as ``respond`` says, or with ``queue`` first, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.queue: list[Response] = []
        self.respond: Responder = answering("42")
        self.broken_off = threading.Event()
        """Set when a client went away before it had everything."""
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                headers = {name.lower(): value for name, value in self.headers.items()}
                server.asked.append(Asked(body, headers, time.monotonic(), self.client_address))
                response = server.queue.pop(0) if server.queue else server.respond(body)
                time.sleep(response.pause_s)
                try:
                    self.answer(response)
                except OSError:
                    server.broken_off.set()
                    self.close_connection = True

            def answer(self, response: Response) -> None:
                self.send_response(response.status)
                for name, value in response.headers.items():
                    self.send_header(name, value)
                if response.events is not None:
                    return self.stream(response)
                value = response.body
                data = value if isinstance(value, bytes) else json.dumps(value).encode()
                self.send_header("Content-Type", "application/json")
                length = len(data) + (100 if response.cut else 0)
                self.send_header("Content-Length", str(length))
                self.end_headers()
                self.wfile.write(data)
                self.close_connection = response.cut
                return None

            def stream(self, response: Response) -> None:
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for event in response.events or ():
                    text = event if isinstance(event, str) else json.dumps(event)
                    data = f"data: {text}\n\n".encode()
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                    self.wfile.flush()
                    time.sleep(response.event_pause_s)
                if response.cut:
                    self.close_connection = True
                    return
                self.wfile.write(b"0\r\n\r\n")

            def log_message(self, *args: Any) -> None:
                """Says nothing."""

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, *args: Any) -> None:
                """A client that goes away is no error here."""

        self._http = Quiet(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/v1"
        threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """What was asked."""
        return [asked.body for asked in self.asked]

    @property
    def connections(self) -> int:
        """How many connections the requests came over."""
        return len({asked.client for asked in self.asked})

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@contextmanager
def chat_server() -> Iterator[ChatServer]:
    """A server that runs while the context is open."""
    server = ChatServer()
    try:
        yield server
    finally:
        server.close()


def free_port() -> int:
    """A port of this machine where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
