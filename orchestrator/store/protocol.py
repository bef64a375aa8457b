"""The seam between Feedlens and what keeps its data."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol, get_args

from orchestrator.store.records import (
    BrokenPoint,
    Event,
    LegacyPost,
    Modality,
    Neighbour,
    PostFilter,
    Schema,
    StoredPost,
    Vector,
)

EVERYTHING = PostFilter()
Order = Literal["created_at", "likes", "comments"]
Change = Literal["likes", "comments", "created_at", "media_url", "degraded"]
"""What of a post can change without its vectors."""
LegacyChange = Literal["caption", "likes", "comments", "created_at", "media_url"]
"""What of a legacy post can change without its vector."""
LEGACY_CHANGES: tuple[LegacyChange, ...] = get_args(LegacyChange)


class Store(Protocol):
    """Posts with vectors of one pair of models, and events.

    Every call raises StoreUnavailable. A write that returned survives a crash.
    """

    @property
    def schema(self) -> Schema:
        """The models of the vectors that are read and written here."""

    async def put_posts(self, posts: Sequence[StoredPost], *, only_new: bool = False) -> int:
        """Write all posts, or none, each whole and in place of one with the same media id.

        With `only_new`, a post whose media id is stored stays as it is; answers how many were
        written. Of other models' vectors those stay whose picture, or words, are the same.
        Raises FingerprintMismatch for vectors of another model, InvalidRequest for vectors of
        another dimension or norm.
        """

    async def put_vectors(
        self, media_id: str, *, visual: Vector | None, text: Vector | None
    ) -> bool:
        """Set both of a stored post's vectors of these models, and nothing else; None removes one.

        Vectors of other models, payload and counters stay. False if there is no such post. Raises
        InvalidRequest as `put_posts` does.
        """

    async def change_post(self, media_id: str, changes: Mapping[Change, object]) -> bool:
        """Change some of a post's payload at once; False if there was none."""

    async def get_posts(
        self, media_ids: Sequence[str], *, with_vectors: bool = False
    ) -> dict[str, StoredPost]:
        """Those of the posts that exist, by media id."""

    async def delete_post(self, media_id: str) -> bool:
        """Delete a post; False if there was none."""

    async def count_posts(self, where: PostFilter = EVERYTHING) -> int:
        """How many posts there are, exactly."""

    async def scan_posts(
        self, after: str | None, *, limit: int, with_vectors: bool = False
    ) -> tuple[list[StoredPost], str | None]:
        """Up to `limit` posts in the order of their point ids, and where to go on; None: the end.

        Pass None first, then what was answered. Posts that stay are met exactly once.
        """

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

    async def count_events(self) -> int:
        """How many events there are, exactly."""

    async def scan_events(self, after: str | None, *, limit: int) -> tuple[list[Event], str | None]:
        """Events, as `scan_posts`."""

    async def add_events(self, events: Sequence[Event], *, skip_known: bool = False) -> int:
        """Write all events, or none; answers how many were written.

        An event id that is known is left out with `skip_known`; else it raises Conflict, with the
        ids as member `duplicates`. Where another process adds the same ids at the same moment,
        the rest may be written all the same: sent again they are duplicates.
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


class LegacyReads(Protocol):
    """The collection of the ViT-only system. Every call raises StoreUnavailable."""

    async def get(
        self, media_ids: Sequence[str], *, with_vectors: bool = False
    ) -> dict[str, LegacyPost]:
        """Those of the posts that exist, by media id."""

    async def nearest(self, vector: Vector, *, limit: int) -> list[Neighbour]:
        """Posts by falling cosine with the unit `vector` [768]."""

    async def newest(self, *, limit: int) -> list[str]:
        """Media ids by falling date, those without one last."""


class LegacyStore(LegacyReads, Protocol):
    """The same, to be written too."""

    async def put(self, posts: Sequence[LegacyPost]) -> None:
        """Write posts under the payload keys of the old system.

        One with the media id is replaced; if several have it, one is left. Raises InvalidRequest
        for a vector of another dimension or norm.
        """

    async def change(self, media_id: str, changes: Mapping[LegacyChange, object]) -> bool:
        """Change some of a post's payload, remove what is None; False if there was none."""

    async def owners(self, media_id: str) -> Mapping[str, str | None]:
        """By point id who made a post, as far as the collection says.

        Of all points that have its media id, even of those that are no post.
        """

    async def delete(self, media_id: str) -> bool:
        """Delete a post, all points of it; False if there was none."""

    async def count(self) -> int:
        """How many points there are, exactly."""

    async def scan(
        self, after: str | None, *, limit: int, with_vectors: bool = False
    ) -> tuple[list[LegacyPost | BrokenPoint], str | None]:
        """All points, as `Store.scan_posts`; one that is no post says what is wrong with it."""

    async def close(self) -> None:
        """Release everything."""
