"""Ranking a list that a caller brings, by the same code as a feed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from orchestrator.feed.items import Item, items_of_ranked
from orchestrator.feed.prepared import as_post, legacy_as_post
from orchestrator.feed.ranking_thread import RankingThread
from orchestrator.feed.unmigrated import Unmigrated
from orchestrator.feed.weights import reweighted
from orchestrator.store.protocol import Store
from orchestrator.store.records import LegacyPost, StoredPost
from ranking.rank import Ranking, rank
from ranking.types import Post, Viewer


@dataclass(frozen=True, slots=True)
class ListedPost:
    """A post of the store; what is not None stands in for what is stored."""

    media_id: str
    likes: int | None = None
    comments: int | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RankedList:
    """Items in order, and media ids that the store does not know."""

    items: list[Item]
    unknown: list[str]


class Lists:
    """Ranks lists of the store's posts."""

    def __init__(
        self,
        store: Store,
        ranking: Ranking,
        now: Callable[[], datetime],
        thread: RankingThread,
        legacy: Unmigrated | None = None,
    ) -> None:
        """With `legacy`, posts that are only in its collection are ranked too."""
        self._store = store
        self._legacy = legacy
        self._ranking = ranking
        self._now = now
        self._thread = thread

    async def rank(
        self,
        listed: Sequence[ListedPost],
        viewer: Viewer,
        *,
        weights: Mapping[str, float] | None,
        limit: int | None,
    ) -> RankedList:
        """All of the posts that the store has, or the best `limit`; InvalidRequest for weights."""
        ranking = reweighted(self._ranking, weights)
        stored = await self._posts([post.media_id for post in listed])
        posts = [_with(stored[post.media_id], post) for post in listed if post.media_id in stored]
        now_s = self._now().timestamp()
        ranked = await self._thread.run(
            lambda: rank(posts, viewer, now_s=now_s, ranking=ranking, limit=limit)
        )
        return RankedList(
            items=items_of_ranked(ranked, viewer),
            unknown=[post.media_id for post in listed if post.media_id not in stored],
        )

    async def _posts(self, media_ids: Sequence[str]) -> dict[str, StoredPost | LegacyPost]:
        found: dict[str, StoredPost | LegacyPost] = {}
        found.update(await self._store.get_posts(media_ids, with_vectors=True))
        if self._legacy:
            missing = [media_id for media_id in media_ids if media_id not in found]
            found.update(await self._legacy.posts(missing))
        return found


def _with(stored: StoredPost | LegacyPost, listed: ListedPost) -> Post:
    given = {
        "likes": listed.likes,
        "comments": listed.comments,
        "created_at": listed.created_at,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    changed = replace(stored, **changes)  # type: ignore[arg-type]
    return legacy_as_post(changed) if isinstance(changed, LegacyPost) else as_post(changed)
