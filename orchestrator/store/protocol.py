"""The seam between Feedlens and what keeps its data."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

from orchestrator.store.records import Event, Modality, Neighbour, PostFilter, StoredPost, Vector

EVERYTHING = PostFilter()
Order = Literal["created_at", "likes", "comments"]


class Store(Protocol):
    """Every call raises StoreUnavailable. A write that returned survives a crash."""

    async def put_posts(self, posts: Sequence[StoredPost]) -> None:
        """Write all posts, or none, each whole and in place of one with the same media id.

        Raises FingerprintMismatch for vectors of another model, InvalidRequest for vectors of
        another dimension or norm.
        """

    async def get_posts(
        self, media_ids: Sequence[str], *, with_vectors: bool = False
    ) -> dict[str, StoredPost]:
        """Those of the posts that exist, by media id."""

    async def delete_post(self, media_id: str) -> bool:
        """Delete a post; False if there was none."""

    async def count_posts(self) -> int:
        """How many posts there are."""

    async def nearest(
        self,
        modality: Modality,
        vector: Vector,
        *,
        limit: int,
        where: PostFilter = EVERYTHING,
    ) -> list[Neighbour]:
        """Posts that have this modality, by falling cosine with the unit `vector` [d]."""

    async def top(self, order: Order, *, limit: int) -> list[str]:
        """Media ids by falling `order`."""

    async def sample_posts(self, count: int, *, seed: int) -> list[str]:
        """Media ids of `count` posts drawn at random, or of all: no id twice, each as likely.

        The same seed draws the same while nothing is written.
        """

    async def sample_viewers(self, count: int, *, seed: int) -> list[str]:
        """Ids of those whose `count` events were drawn at random, or all; no id twice."""

    async def add_events(self, events: Sequence[Event], *, skip_known: bool = False) -> int:
        """Write all events, or none; answers how many were written.

        An event id that is known is left out with `skip_known`; else it raises Conflict, with the
        ids as member `duplicates`.
        """

    async def events_of(
        self,
        user_id: str,
        *,
        limit: int,
        kinds: Sequence[str] = (),
        since: datetime | None = None,
    ) -> list[Event]:
        """A viewer's latest `limit` events, the latest first, those of one moment by event id.

        Of these `kinds` alone where some are named; at or after `since` where it is given.
        """

    async def close(self) -> None:
        """Flush and release everything."""
