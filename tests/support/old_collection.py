"""The old system's collection, embedded, with five-dimensional vectors."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from orchestrator.errors import StoreUnavailable
from orchestrator.store.embedded.collection import EmbeddedCollection
from orchestrator.store.legacy.payloads import LegacyKeys
from orchestrator.store.legacy.points import UNNAMED
from orchestrator.store.legacy.posts import LEGACY_POSTS, LegacyPosts, legacy_indexes
from orchestrator.store.protocol import LegacyChange
from orchestrator.store.records import LegacyPost, Neighbour, Vector
from tests.orchestrator.store.conformance import NOW, unit

DIMENSION = 5
EAST, NORTH, UP = unit(1, 0, 0, 0, 0), unit(0, 1, 0, 0, 0), unit(0, 0, 1, 0, 0)


class OldCollection(LegacyPosts):
    """`LegacyPosts` that can be away; `asked` counts what it was asked."""

    is_away = False
    asked = 0

    async def put(self, posts: Sequence[LegacyPost]) -> None:
        """See `LegacyStore`."""
        self._ask()
        await super().put(posts)

    async def get(
        self, media_ids: Sequence[str], *, with_vectors: bool = False
    ) -> dict[str, LegacyPost]:
        """See `LegacyStore`."""
        self._ask()
        return await super().get(media_ids, with_vectors=with_vectors)

    async def nearest(self, vector: Vector, *, limit: int) -> list[Neighbour]:
        """See `LegacyStore`."""
        self._ask()
        return await super().nearest(vector, limit=limit)

    async def newest(self, *, limit: int) -> list[str]:
        """See `LegacyStore`."""
        self._ask()
        return await super().newest(limit=limit)

    async def change(self, media_id: str, changes: Mapping[LegacyChange, object]) -> bool:
        """See `LegacyStore`."""
        self._ask()
        return await super().change(media_id, changes)

    async def authors(self, media_id: str) -> frozenset[str]:
        """See `LegacyStore`."""
        self._ask()
        return await super().authors(media_id)

    async def delete(self, media_id: str) -> bool:
        """See `LegacyStore`."""
        self._ask()
        return await super().delete(media_id)

    def _ask(self) -> None:
        self.asked += 1
        if self.is_away:
            raise StoreUnavailable("the old collection is away")


def old_post(
    media_id: str, vector: Vector = EAST, created_at: datetime | None = NOW, **changes: object
) -> LegacyPost:
    """A post as the old system has it."""
    whole = LegacyPost("", media_id, "ann", None, None, created_at, 3, 1, vector)
    return replace(whole, **changes)  # type: ignore[arg-type]


@asynccontextmanager
async def open_old_collection(folder: Path) -> AsyncIterator[OldCollection]:
    """The collection in `folder`, made on first use."""
    keys = LegacyKeys()
    collection = EmbeddedCollection(
        folder / LEGACY_POSTS, {UNNAMED: DIMENSION}, legacy_indexes(keys)
    )
    opened = OldCollection(collection, keys, DIMENSION, date_index=keys.created_at[0])
    yield opened
    await opened.close()
