"""A real orchestrator that is started, killed and switched by commands."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.support import orchestrator
from tests.support.orchestrator import ServedOrchestrator
from tests.support.own_triton import OwnTriton
from tests.support.triton import free_ports

BOTH_COLLECTIONS = {"FEEDLENS_LEGACY__READ": "true", "FEEDLENS_LEGACY__WRITE": "true"}


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
