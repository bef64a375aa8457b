"""The example of a BullMQ queue as its programs, for the tests of it."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.support.controlled_stack import ControlledStack
from tests.support.node import newest
from tests.support.redis_server import RedisServer
from tests.support.waiting import until

_RUN_S = 60.0


@dataclass(frozen=True)
class BullmqExample:
    """The example's programs; a Redis and a Feedlens of one test's own."""

    folder: Path
    feedlens: ControlledStack
    redis: RedisServer
    environment: dict[str, str]
    logs: list[Path] = field(default_factory=list)

    def retry(self) -> None:
        """Those that failed for good."""
        self._run("retry")

    def enqueue(self, *posts: dict[str, Any]) -> None:
        """Each as a job."""
        lines = "\n".join(json.dumps({"author_id": "ann", **post}) for post in posts)
        self._run("enqueue", lines)

    def status(self) -> dict[str, Any]:
        """Counts of jobs by state, and those that failed for good."""
        found: dict[str, Any] = json.loads(self._run("status"))
        return found

    def attempts(self, job: int) -> int:
        """That count for a job, of those that it has."""
        made = self.redis.tell("HGET", f"bull:uploads:{job}", "atm").split()[-1]
        return 0 if made == b"$-1" else int(made)

    def stored(self, media_id: str) -> dict[str, Any] | None:
        """The post, if the store has it."""
        answer = httpx.get(f"{self.feedlens.url}/v1/media/{media_id}")
        post: dict[str, Any] = answer.json()
        return post if answer.is_success else None

    @contextmanager
    def working(
        self, until_it_says: str = "working on uploads", **environment: str
    ) -> Iterator["subprocess.Popen[bytes]"]:
        """A worker for the length of a block; what it printed is added to `logs`."""
        log = Path(self.environment["HOME"]) / f"worker-{len(self.logs)}.log"
        self.logs.append(log)
        with log.open("wb") as output:
            worker = subprocess.Popen(
                self._program("worker"),
                env={**self.environment, **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            until(lambda: until_it_says in log.read_text())
            yield worker
        finally:
            worker.kill()
            worker.wait()

    def printed(self) -> str:
        """By the last worker."""
        return self.logs[-1].read_text()

    def _run(self, name: str, given: str = "") -> str:
        done = subprocess.run(
            self._program(name),
            env=self.environment,
            input=given,
            capture_output=True,
            text=True,
            timeout=_RUN_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _program(self, name: str) -> list[str | Path]:
        return [newest().bin / "node", self.folder / f"dist/{name}.js"]
