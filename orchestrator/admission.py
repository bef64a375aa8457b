"""How much extraction work is taken on at once; what is beyond is refused, not queued."""

from collections.abc import Iterator
from contextlib import contextmanager

from orchestrator.errors import Unavailable


class Admission:
    """Places for `limit` requests, taken before an upload is read into memory."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._taken = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place; raises Unavailable where none is left."""
        if self._taken >= self._limit:
            raise Unavailable(f"{self._taken} extractions are running; try again shortly")
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1
