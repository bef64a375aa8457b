"""The seam to other processes that serve the same viewers."""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Protocol

from orchestrator.caching.counts import Counts
from orchestrator.feed.taste_blob import KeptTaste


class News(Enum):
    """What other processes recorded of a viewer since this one last asked."""

    NONE = auto()
    SEEN = auto()
    """Events that leave the taste as it is."""
    TASTE = auto()
    """Events that change it; or it is not known what there was."""


class Tastes(Protocol):
    """What processes tell each other of viewers. No call fails."""

    @property
    def counts(self) -> Counts:
        """How often a viewer's vectors were known before."""

    async def news(self, user_id: str) -> News:
        """What this process must read anew before it serves the viewer."""

    def version_of(self, user_id: str) -> bytes | None:
        """Which events that count a taste heeds that is built from now on."""

    async def find(self, user_id: str, version: bytes | None) -> KeptTaste | None:
        """The taste that some process built of that version."""

    async def keep(self, user_id: str, version: bytes | None, taste: KeptTaste) -> None:
        """Let other processes have a taste."""

    async def announce(self, strong: Mapping[str, bool]) -> None:
        """Say that events of viewers were recorded, and whether such that change their taste."""


class OwnTastes:
    """`Tastes` of the only process: there is no news, and nobody to tell."""

    def __init__(self) -> None:
        self.counts = Counts()

    async def news(self, user_id: str) -> News:  # noqa: ARG002
        """See `Tastes`."""
        return News.NONE

    def version_of(self, user_id: str) -> bytes | None:  # noqa: ARG002
        """See `Tastes`."""
        return None

    async def find(self, user_id: str, version: bytes | None) -> KeptTaste | None:  # noqa: ARG002
        """See `Tastes`."""
        self.counts.misses += 1
        return None

    async def keep(self, user_id: str, version: bytes | None, taste: KeptTaste) -> None:
        """See `Tastes`."""

    async def announce(self, strong: Mapping[str, bool]) -> None:
        """See `Tastes`."""
