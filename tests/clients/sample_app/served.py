"""The sample app of the client for Node.js, as a process."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.node import Node
from tests.support.triton import free_ports

_START_S = 60.0
_STOP_S = 30.0


@dataclass(frozen=True)
class SampleApp:
    """An app that answers; `uploads` is where it keeps files on their way."""

    process: "subprocess.Popen[bytes]"
    http: httpx.Client
    port: int
    uploads: Path
    log: Path

    def post(
        self, media_id: str, caption: str | None = None, file: bytes | None = None, **form: str
    ) -> httpx.Response:
        """POST /posts by ann."""
        fields = {"media_id": media_id, "author_id": "ann", **form}
        parts: dict[str, tuple[str | None, str | bytes]] = {
            name: (None, value) for name, value in fields.items()
        }
        if caption is not None:
            parts["caption"] = (None, caption)
        if file is not None:
            parts["file"] = ("upload", file)
        return self.http.post("/posts", files=parts)

    def post_zeros(self, media_id: str, megabytes: int) -> httpx.Response:
        """POST /posts of a file of that size, sent as it is made."""
        form = {"content-type": "multipart/form-data; boundary=b"}
        return self.http.post("/posts", content=_zeros(media_id, megabytes), headers=form)

    def peak_bytes(self) -> int:
        """The most memory that it had so far."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024


def _zeros(media_id: str, megabytes: int) -> Iterator[bytes]:
    for name, value in {"media_id": media_id, "author_id": "ann"}.items():
        yield f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    for _ in range(megabytes):
        yield bytes(1_000_000)
    yield b"\r\n--b--\r\n"


@contextmanager
def serve(node: Node, folder: Path, scratch: Path, **environment: str) -> Iterator[SampleApp]:
    """The built app for the length of a block; what it printed is in scratch/log."""
    with running(node, ["node", "dist/main.js"], folder, scratch, **environment) as app:
        yield app


@contextmanager
def running(
    node: Node, command: list[str], folder: Path, scratch: Path, **environment: str
) -> Iterator[SampleApp]:
    """The same by any command that starts it."""
    (port,) = free_ports(1)
    uploads, log = scratch / "uploads", scratch / "log"
    uploads.mkdir()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**node.environment(), "PORT": str(port), "TMPDIR": str(uploads), **environment},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60.0)
    app = SampleApp(process, http, port, uploads, log)
    try:
        _wait(app)
        yield app
    finally:
        http.close()
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """With what npm started; in order, or at once where that takes too long."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_S)


def _wait(app: SampleApp) -> None:
    give_up_at_s = time.monotonic() + _START_S
    while time.monotonic() < give_up_at_s and app.process.poll() is None:
        try:
            app.http.get("/healthz")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(app.log.read_text())
