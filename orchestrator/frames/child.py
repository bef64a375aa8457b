"""A child process that reads an upload, answers in bytes, and is gone afterwards."""

import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from orchestrator.content.disk_file import DiskFile
from orchestrator.frames.processor_wait import waited_s

Fault = Literal["timed-out", "said-too-much"]

_CHUNK_BYTES = 1 << 16
_SAID_BYTES = 2000
# No setting of ours, no secret. One thread: numpy's own would only hold memory.
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended: `status` is its exit status, or minus the signal that killed it.

    `fault`: what it was killed for. `said` is the beginning of its standard error. `waited_s`: for
    a processor, where it timed out and the kernel tells.
    """

    status: int
    output: bytes
    said: bytes
    fault: Fault | None
    waited_s: float | None = None

    @property
    def signal_name(self) -> str | None:
        """Of the signal that killed it: SIGSEGV."""
        return signal.Signals(-self.status).name if self.status < 0 else None


class Child:
    """One run of `command`."""

    def __init__(self, command: Sequence[str], *, max_output_bytes: int) -> None:
        self._command = command
        self._max_output_bytes = max_output_bytes
        self._starting = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_stopped = False

    def run(self, upload: DiskFile, timeout_s: float) -> Ended | None:
        """Run it with `upload` as its standard input, for at most `timeout_s`; blocks.

        None where it was stopped before.

        Raises OSError where it can't be started. Whatever happens, no process stays behind.
        """
        limits = _Limits(time.monotonic() + timeout_s, self._max_output_bytes)
        process = self._start(upload)
        if process is None:
            return None
        output, said = bytearray(), bytearray()
        fault: Fault | None = None
        waiting_s: float | None = None
        with process:
            try:
                _followed(process, output, said, limits)
            except TimeoutError:
                fault = "timed-out"
                # Not waited for yet, so the number is still its own.
                waiting_s = waited_s(process.pid)
            except _TooMuch:
                fault = "said-too-much"
            finally:
                process.kill()
        return Ended(process.returncode, bytes(output), bytes(said), fault, waiting_s)

    def stop(self) -> None:
        """Kill it, now or as soon as it would start; from any thread."""
        with self._starting:
            self._is_stopped = True
            if self._process is not None:
                self._process.kill()

    def _start(self, upload: DiskFile) -> "subprocess.Popen[bytes] | None":
        with self._starting, upload.open() as stdin:
            if not self._is_stopped:
                # No preexec_fn: so it is a vfork, which neither copies page tables nor runs the
                # handlers that gRPC has for forks.
                self._process = subprocess.Popen(
                    self._command,
                    stdin=stdin,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    cwd="/",
                    env=_ENVIRONMENT,
                    bufsize=0,
                    start_new_session=True,
                )
            return self._process


class _TooMuch(Exception):
    """It wrote more than it may."""


def _followed(
    process: "subprocess.Popen[bytes]", output: bytearray, said: bytearray, limits: "_Limits"
) -> None:
    """Read both pipes to their ends and wait for the process; TimeoutError, _TooMuch."""
    with selectors.DefaultSelector() as pipes:
        for pipe, kept in ((process.stdout, output), (process.stderr, said)):
            if pipe is not None:
                pipes.register(pipe, selectors.EVENT_READ, kept)
        while pipes.get_map():
            for key, _ in pipes.select(limits.left_s()):
                chunk = os.read(key.fd, _CHUNK_BYTES)
                if not chunk:
                    pipes.unregister(key.fileobj)
                elif key.data is output:
                    output += chunk
                else:
                    said += chunk[: _SAID_BYTES - len(said)]
            if len(output) > limits.max_output_bytes:
                raise _TooMuch
    try:
        process.wait(limits.left_s())
    except subprocess.TimeoutExpired as exc:
        raise TimeoutError from exc


@dataclass(frozen=True, slots=True)
class _Limits:
    until_s: float
    max_output_bytes: int

    def left_s(self) -> float:
        """Seconds; TimeoutError where there are none."""
        left_s = self.until_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        return left_s
