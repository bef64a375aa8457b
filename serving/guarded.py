"""A server's process with its guard: see `guard.py` for what the guard promises."""

import os
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, cast

from serving.guard import reap_orphans

_GUARD = Path(__file__).with_name("guard.py")
# What the guard needs beyond the server's own grace to kill and clean up.
_MARGIN_S = 10.0


def unique_prefix() -> str:
    """A name that no other server's shared memory begins with."""
    return f"feedlens_{uuid.uuid4().hex[:12]}_"


class GuardedProcess:
    """Starts a command under a guard.

    Args:
        command: the server and its options.
        environment: its environment variables.
        folder: where it is started.
        log: the file that takes what it prints.
        shared_memory_prefix: what the names of its regions in /dev/shm begin with.
        scratch: a folder that is removed after it.
        grace_s: how long it may take to end before it is killed.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        log: Path,
        shared_memory_prefix: str,
        scratch: Path,
        grace_s: float,
    ) -> None:
        self._grace_s = grace_s
        self._guard = subprocess.Popen(
            [
                sys.executable,
                "-I",
                str(_GUARD),
                f"--grace-s={grace_s}",
                f"--log={log}",
                f"--shared-memory-prefix={shared_memory_prefix}",
                f"--remove={scratch}",
                "--",
                *command,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=folder,
            env=dict(environment),
            # Ctrl-C in a terminal is for the launcher alone, which ends the server in order.
            start_new_session=True,
        )
        self._lifeline = cast("IO[bytes]", self._guard.stdin)
        with cast("IO[bytes]", self._guard.stdout) as output:
            self._process_id = int(output.readline())

    @property
    def process_id(self) -> int:
        """The server's process id, not the guard's."""
        return self._process_id

    def reap_orphans(self) -> None:
        """As process 1 of a container, lets go of what ended and was nobody else's."""
        if os.getpid() == 1:
            reap_orphans(but=self._guard.pid)

    def poll(self) -> int | None:
        """The server's exit status, 128 and more for a signal; None while it runs."""
        status = self._guard.poll()
        return status if status is None or status >= 0 else 128 - status

    def stop(self) -> None:
        """Ends the server and everything it started; safe to call twice."""
        self._lifeline.close()
        try:
            self._guard.wait(self._grace_s + _MARGIN_S)
        except subprocess.TimeoutExpired:
            self._guard.kill()
            self._guard.wait()
