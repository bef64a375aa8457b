"""The old system's collection, embedded, with five-dimensional vectors."""

import asyncio
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
    """`LegacyPosts` that can be away, or hang where `hanging` names; `asked` counts calls."""

    is_away = False
    hanging = ""
    asked = 0

    async def put(self, posts: Sequence[LegacyPost]) -> None:
        """See `LegacyStore`."""
        await self._ask("put")
        await super().put(posts)

    async def get(
        self, media_ids: Sequence[str], *, with_vectors: bool = False
    ) -> dict[str, LegacyPost]:
        """See `LegacyStore`."""
        await self._ask("get")
        return await super().get(media_ids, with_vectors=with_vectors)

    async def nearest(self, vector: Vector, *, limit: int) -> list[Neighbour]:
        """See `LegacyStore`."""
        await self._ask("nearest")
        return await super().nearest(vector, limit=limit)

    async def newest(self, *, limit: int) -> list[str]:
        """See `LegacyStore`."""
        await self._ask("newest")
        return await super().newest(limit=limit)

    async def change(self, media_id: str, changes: Mapping[LegacyChange, object]) -> bool:
        """See `LegacyStore`."""
        await self._ask("change")
        return await super().change(media_id, changes)

    async def owners(self, media_id: str) -> dict[str, str | None]:
        """See `LegacyStore`."""
        await self._ask("owners")
        return await super().owners(media_id)

    async def delete(self, media_id: str) -> bool:
        """See `LegacyStore`."""
        await self._ask("delete")
        return await super().delete(media_id)

    async def _ask(self, name: str) -> None:
        self.asked += 1
        if self.hanging == name:
            await asyncio.Event().wait()
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
