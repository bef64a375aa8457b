"""`python -m serving` as a process, as its user runs it."""

import os
import subprocess
import sys
from pathlib import Path

import psutil

from serving.processes import Stub, stubs_of
from tests.support.exporting import ROOT
from tests.support.triton import ServedTriton

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108


class Launched:
    """A launcher in a process of its own."""

    def __init__(
        self, repository: Path, folder: Path, ports: list[int], **environment: str
    ) -> None:
        names = ("http", "grpc", "metrics")
        options = [f"--{name}-port={port}" for name, port in zip(names, ports, strict=True)]
        self.repository = repository
        self.run_folder = folder / "run"
        self.ports = ports
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "serving",
                f"--model-repository={repository}",
                f"--run-folder={self.run_folder}",
                *options,
            ],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._descendants: list[psutil.Process] = []

    def wait_ready(self) -> str:
        """The line that says so."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self._descendants = psutil.Process(self.process.pid).children(recursive=True)
        return line

    def descendant(self, name: str) -> psutil.Process:
        """The first process of this name that the launcher has brought about."""
        return next(process for process in self._descendants if name in process.name())

    @property
    def served(self) -> ServedTriton:
        """What it serves, for a client."""
        http_port, grpc_port, _ = self.ports
        return ServedTriton(
            f"127.0.0.1:{http_port}",
            f"127.0.0.1:{grpc_port}",
            self.repository,
            self.descendant("tritonserver").pid,
        )

    def stubs(self, model: str) -> list[Stub]:
        """The living processes of a Python model."""
        stubs = stubs_of(self.descendant("tritonserver").pid)
        return [stub for stub in stubs if stub.model == model and not stub.is_dead]

    def regions(self) -> list[str]:
        """Shared memory of its server, by the prefix in tritonserver's command line."""
        (prefix,) = (
            word.partition("shm-region-prefix-name=")[2]
            for word in self.descendant("tritonserver").cmdline()
            if "shm-region-prefix-name=" in word
        )
        return [path.name for path in SHARED_MEMORY.glob(f"{prefix}*")]

    def end(self, timeout_s: float = 20) -> tuple[int, str]:
        """Exit status and standard error, once it has ended; without what a slow start says."""
        _, errors = self.process.communicate(timeout=timeout_s)
        lines = errors.splitlines(keepends=True)
        told = [line for line in lines if not line.startswith("waiting for: ")]
        return self.process.returncode, "".join(told)

    def survivors(self, timeout_s: float = 20) -> list[str]:
        """Names of the processes that outlive it."""
        _, alive = psutil.wait_procs(self._descendants, timeout=timeout_s)
        return [process.name() for process in alive if process.status() != psutil.STATUS_ZOMBIE]
