"""The first page of a viewer's feed."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from orchestrator.feed.candidates import find_candidates
from orchestrator.feed.history import read_history
from orchestrator.store.protocol import Store
from orchestrator.store.records import StoredPost
from ranking.rank import Ranking, rank
from ranking.types import Post, RankedPosts
from ranking.viewer import TasteParameters


@dataclass(frozen=True, slots=True)
class FeedParameters:
    """How a feed is made: sizes, taste and ranking."""

    ranking: Ranking
    candidates_per_source: int
    max_history: int
    taste: TasteParameters = field(default_factory=TasteParameters)


class FeedService:
    """Ranks the store's posts for a viewer."""

    def __init__(self, store: Store, parameters: FeedParameters) -> None:
        self._store = store
        self._parameters = parameters

    async def first_page(self, user_id: str, *, limit: int, now: datetime) -> RankedPosts:
        """At most `limit` posts that the viewer has not answered yet, best first."""
        parameters = self._parameters
        history = await read_history(
            self._store,
            user_id,
            now=now,
            limit=parameters.max_history,
            parameters=parameters.taste,
        )
        candidates = await find_candidates(
            self._store,
            history.viewer,
            per_source=parameters.candidates_per_source,
            without=history.answered,
        )
        return await asyncio.to_thread(
            rank,
            [candidate(post) for post in candidates],
            history.viewer,
            now_s=now.timestamp(),
            ranking=parameters.ranking,
            limit=limit,
        )


def candidate(post: StoredPost) -> Post:
    """What the ranker needs of a stored post."""
    return Post(
        media_id=post.media_id,
        author_id=post.author_id,
        content_type=post.content_type,
        created_at_s=post.created_at.timestamp(),
        likes=post.likes,
        comments=post.comments,
        visual=post.visual,
        text=post.text,
    )
