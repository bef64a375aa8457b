"""Triton and the orchestrator as two processes of ours, which live and end together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from orchestrator.listener import listen
from orchestrator.settings import Settings
from quickstart.child import end_with_parent
from quickstart.errors import QuickstartError
from serving.settings import TritonSettings

_GRACE_S = 20.0
# How long the end of a process may take to be seen after its first failed call.
_NOTICE_S = 3.0
_POLL_S = 0.1
# The first canary of large models on a cold disk.
_STARTUP_TIMEOUT_S = "600"


class Stack:
    """A context: both processes are started on entry and gone on exit."""

    def __init__(self, settings: Settings, triton: TritonSettings) -> None:
        self._settings = settings
        self._triton = triton
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self.log = triton.run_folder / "orchestrator.log"

    @property
    def url(self) -> str:
        """Where the orchestrator answers."""
        return f"http://{self._settings.host}:{self._settings.port}"

    @property
    def _uploads(self) -> Path:
        """Where the settings say; else beside the store."""
        return self._settings.uploads_path or self._settings.store_path.with_name("uploads")

    def __enter__(self) -> "Stack":
        """Start both; StartupError where the orchestrator's port is taken."""
        listen(self._settings).close()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._children["Triton"] = _start("serving")
        environment = {
            "FEEDLENS_TRITON_URL": f"127.0.0.1:{self._triton.grpc_port}",
            "FEEDLENS_STARTUP_TIMEOUT_S": _STARTUP_TIMEOUT_S,
            # Thumbnails are made of uploads.
            "FEEDLENS_UPLOADS_PATH": str(self._uploads),
        }
        self._children["orchestrator"] = _start("orchestrator", environment, self.log)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Stop the orchestrator, then Triton."""
        for child in reversed(self._children.values()):
            child.terminate()
            try:
                child.wait(_GRACE_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def check(self) -> None:
        """QuickstartError where a process has ended."""
        for name, child in self._children.items():
            if child.poll() is not None:
                raise QuickstartError(f"{name} {_end(child.returncode)}{self._said(name)}")

    def _said(self, name: str) -> str:
        """Where to read more: Triton's launcher has told its reason on this terminal."""
        if name == "Triton":
            return f"; see {self._triton.run_folder / 'triton.log'}"
        return f"; its last line: {_last_line(self.log)}"

    @contextmanager
    def blamed(self) -> Iterator[None]:
        """A call that failed because a process has ended fails as that process' end."""
        try:
            yield
        except QuickstartError:
            give_up_at_s = time.monotonic() + _NOTICE_S
            while time.monotonic() < give_up_at_s:
                self.check()
                time.sleep(_POLL_S)
            raise


def _start(
    module: str, environment: Mapping[str, str] | None = None, log: Path | None = None
) -> "subprocess.Popen[bytes]":
    """Start `python -m module`, told to end if we are killed; its output is ours, or a log."""
    with (log or Path(os.devnull)).open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", module],
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output if log else None,
            stderr=output if log else None,
            # Ctrl-C reaches this process alone, which then ends the two in their order.
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509 - no thread runs yet
        )


def _end(status: int) -> str:
    if status < 0:
        return f"was killed by {signal.Signals(-status).name}"
    return f"ended with status {status}"


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "(none)")
