"""A real stack that tests in another language start, kill and switch over HTTP.

    python -m tests.support.controlled_stack

starts one, prints its addresses as JSON, and serves until its standard input ends.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from serving.server import TritonServer
from serving.settings import TritonSettings
from tests.support import orchestrator
from tests.support.exporting import write_repository
from tests.support.orchestrator import ServedOrchestrator
from tests.support.triton import free_ports, settings_for

BOTH_COLLECTIONS = {"FEEDLENS_LEGACY__READ": "true", "FEEDLENS_LEGACY__WRITE": "true"}


class OwnTriton:
    """A Triton that may be killed and started again, on the same ports."""

    def __init__(self, repository: Path, run_folder: Path) -> None:
        self.settings: TritonSettings = settings_for(repository, run_folder)
        self._server: TritonServer | None = None

    @property
    def grpc_url(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self.settings.grpc_port}"

    def start(self) -> None:
        """Start it; returns when every model answers."""
        self._server = TritonServer(self.settings)
        self._server.start()
        self._server.wait_ready()

    def kill(self) -> None:
        """End it at once, as the kernel does when memory runs out."""
        if self._server is not None:
            os.kill(self._server.process_id, signal.SIGKILL)
            self.stop()

    def stop(self) -> None:
        """End what is left of it."""
        if self._server is not None:
            self._server.stop()
            self._server = None


class ControlledStack:
    """An orchestrator on one port over all its lives, and the commands that tests may give."""

    def __init__(
        self,
        grpc_url: str,
        store: Path,
        *,
        triton: OwnTriton | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._grpc_url = grpc_url
        self._store = store
        self._triton = triton
        self._port = free_ports(1)[0]
        self._environment = {
            **BOTH_COLLECTIONS,
            "FEEDLENS_PORT": str(self._port),
            **(environment or {}),
        }
        self._served: ServedOrchestrator | None = None
        self._lock = threading.Lock()
        self.commands: dict[str, Callable[[Mapping[str, str]], None]] = {
            "start-orchestrator": lambda _: self.start(),
            "stop-orchestrator": lambda _: self.stop(),
            "kill-orchestrator": lambda _: self.kill(),
            "restart-orchestrator": lambda _: self._restart(),
            "kill-triton": lambda _: self._own_triton().kill(),
            "start-triton": lambda _: self._own_triton().start(),
            "rollout": self._set_flags,
        }

    @property
    def url(self) -> str:
        """Where the orchestrator answers, or will again."""
        return f"http://127.0.0.1:{self._port}"

    def do(self, command: str, arguments: Mapping[str, str]) -> None:
        """One command after the other; KeyError where there is none of that name."""
        with self._lock:
            self.commands[command](arguments)

    def start(self) -> None:
        """Start the orchestrator on what it has stored."""
        self._served = orchestrator.start(self._grpc_url, self._store, **self._environment)

    def stop(self) -> None:
        """End it in order, if it runs."""
        if self._served is not None:
            orchestrator.stop(self._served)
            self._served = None

    def kill(self) -> None:
        """End it at once, in the middle of what it does."""
        if self._served is not None:
            self._served.process.kill()
            self.stop()

    def _restart(self) -> None:
        self.kill()
        self.start()

    def _own_triton(self) -> OwnTriton:
        if self._triton is None:
            raise RuntimeError("this stack shares its Triton with others")
        return self._triton

    def _set_flags(self, arguments: Mapping[str, str]) -> None:
        """`python -m orchestrator.rollout set`; a running service follows within a second."""
        options = [word for name, value in arguments.items() for word in (f"--{name}", value)]
        subprocess.run(
            [sys.executable, "-m", "orchestrator.rollout", "set", *options],
            env={
                **os.environ,
                **self._environment,
                "FEEDLENS_STORE_PATH": str(self._store),
            },
            check=True,
            capture_output=True,
        )


class _Control(BaseHTTPRequestHandler):
    stack: ControlledStack

    def do_POST(self) -> None:
        """Runs the command that the path names, and answers when it is done."""
        asked = urlsplit(self.path)
        try:
            self.stack.do(asked.path.removeprefix("/"), dict(parse_qsl(asked.query)))
        except Exception as exc:  # noqa: BLE001 - the test that asked is told, whatever it is
            self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, {"error": repr(exc)})
        else:
            self._answer(HTTPStatus.OK, {})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Says nothing."""

    def _answer(self, status: HTTPStatus, body: dict[str, str]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def control(stack: ControlledStack) -> Iterator[dict[str, str]]:
    """Starts the stack and serves its commands; what a test's environment says of both."""
    handler = type("Control", (_Control,), {"stack": stack})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        stack.start()
        yield {
            "EMBEDDING_SERVER_URL": stack.url,
            "FEEDLENS_CONTROL_URL": f"http://127.0.0.1:{server.server_port}",
        }
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        stack.stop()


@contextmanager
def own_triton(repository: Path, run_folder: Path) -> Iterator[OwnTriton]:
    """A Triton for the length of a block, whatever is done to it meanwhile."""
    triton = OwnTriton(repository, run_folder)
    triton.start()
    try:
        yield triton
    finally:
        triton.stop()


def main() -> None:
    """Serve a stack of its own until standard input ends."""
    with tempfile.TemporaryDirectory(prefix="feedlens-") as name:
        folder = Path(name)
        write_repository(folder / "model_repository")
        with own_triton(folder / "model_repository", folder / "triton") as triton:
            stack = ControlledStack(triton.grpc_url, folder / "store", triton=triton)
            with control(stack) as addresses:
                sys.stdout.write(json.dumps(addresses) + "\n")
                sys.stdout.flush()
                sys.stdin.read()


if __name__ == "__main__":
    main()
