"""The ranking of the ViT-only system: pictures like those that the viewer liked, and nothing else.

Someone of whom no liked picture is known is served the newest posts. It asks the legacy
collection and the viewers' events: it goes on while the new posts' collection is away. Posts that
were never written to the legacy collection are not in these feeds.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from orchestrator.feed.arrangement import Arrangement
from orchestrator.feed.believed_dates import believed
from orchestrator.feed.items import take_snapshot
from orchestrator.feed.known import Known
from orchestrator.feed.makers import LEGACY, NewSession
from orchestrator.feed.neighbours import first_unknown
from orchestrator.feed.observations import LIKING
from orchestrator.feed.parameters import FeedParameters
from orchestrator.feed.profiles import Profiles
from orchestrator.feed.sessions import Snapshot
from orchestrator.legacy.arranging import by_date, by_likeness
from orchestrator.store.protocol import LegacyStore, Store
from orchestrator.store.records import LegacyPost, Vector
from ranking.types import Interest, Taste, Viewer
from ranking.vectors import unit_mean

_MOST_LIKED = 500
"""Latest events of liking that make the mean."""


class LegacyMaker:
    """`SessionMaker` over the legacy collection. Weights of a request change nothing."""

    def __init__(
        self,
        legacy: LegacyStore,
        store: Store,
        profiles: Profiles,
        parameters: FeedParameters,
        *,
        half_life_hours: float,
    ) -> None:
        """Of `store` events alone are asked for. `half_life_hours` is that of recency."""
        self._legacy = legacy
        self._store = store
        self._profiles = profiles
        self._parameters = parameters
        self._half_life_hours = half_life_hours

    async def make(self, new: NewSession) -> Snapshot:
        """See `SessionMaker`; what was served before stands behind what was not."""
        known = await self._profiles.known_to(new.user_id)
        mean = await self._liked_mean(new.user_id, known)
        if mean is None:
            arrangement, viewer = await self._newest(new, known), Viewer()
        else:
            arrangement = await self._near(mean, new, known)
            viewer = Viewer(visual=Taste((Interest(mean),)))
        return take_snapshot(
            arrangement,
            viewer,
            session_id=new.session_id,
            user_id=new.user_id,
            created_at=new.created_at,
            seed=new.seed,
            variant=LEGACY,
        )

    async def authors(self, media_ids: Sequence[str]) -> Mapping[str, str | None]:
        """See `SessionMaker`."""
        posts = await self._legacy.get(media_ids) if media_ids else {}
        return {media_id: post.author_id for media_id, post in posts.items()}

    async def _liked_mean(self, user_id: str, known: Known) -> Vector | None:
        """The mean of the pictures that the viewer liked, each once; None where there is none."""
        events = await self._store.events_of(user_id, limit=_MOST_LIKED, kinds=LIKING)
        liked = {event.media_id for event in events} - known.hidden.media_ids
        posts = await self._legacy.get(sorted(liked), with_vectors=True) if liked else {}
        vectors = [post.vector for post in posts.values() if post.vector is not None]
        return await asyncio.to_thread(unit_mean, vectors)

    async def _near(self, mean: Vector, new: NewSession, known: Known) -> Arrangement:
        cosines: dict[str, float] = {}

        async def ask(limit: int) -> list[str]:
            found = await self._legacy.nearest(mean, limit=limit)
            cosines.update((each.media_id, each.cosine) for each in found)
            return [each.media_id for each in found]

        posts = await self._shown(ask, new, known)
        return by_likeness(
            posts,
            cosines,
            served=frozenset(new.served),
            length=self._parameters.session_posts,
        )

    async def _newest(self, new: NewSession, known: Known) -> Arrangement:
        posts = await self._shown(lambda limit: self._legacy.newest(limit=limit), new, known)
        return by_date(
            posts,
            now_s=new.created_at.timestamp(),
            half_life_hours=self._half_life_hours,
            served=frozenset(new.served),
            length=self._parameters.session_posts,
        )

    async def _shown(
        self, ask: Callable[[int], Awaitable[list[str]]], new: NewSession, known: Known
    ) -> list[LegacyPost]:
        """Posts that `ask` answers, enough for a session, without what is seen or hidden."""
        barred = known.seen.keys() | known.hidden.media_ids
        length = self._parameters.session_posts
        found, _ = await first_unknown(ask, wanted=length, known=barred.union(new.served))
        served = frozenset(new.served)
        free = [media_id for media_id in found if media_id not in barred]
        fresh = [media_id for media_id in free if media_id not in served]
        again = [media_id for media_id in free if media_id in served]
        posts = await self._legacy.get([*fresh[:length], *again[:length]])
        shown = [post for post in posts.values() if post.author_id not in known.hidden.authors]
        return [believed(post, new.created_at) for post in shown]
