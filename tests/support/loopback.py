"""HTTP servers of the tests' own, in this process."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Post:
    """A POST request; `kind` is its content type."""

    path: str
    kind: str
    body: bytes


# To a status and JSON.
Answer = Callable[[Post], tuple[int, bytes]]


@contextmanager
def listening(answer: Answer) -> Iterator[str]:
    """Answers POST requests for the length of a block, each on a thread; where."""
    handler = type("Handler", (_Handler,), {"respond": staticmethod(answer)})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    respond: Answer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        post = Post(self.path, self.headers.get("Content-Type", ""), body)
        status, content = self.respond(post)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass
