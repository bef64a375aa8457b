"""Sessions by all signals: profile, candidates, entries, arrangement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from orchestrator.feed.arrangement import Arrangement, arrange
from orchestrator.feed.candidates import Candidate, find_candidates
from orchestrator.feed.entries import make_entries
from orchestrator.feed.items import take_snapshot
from orchestrator.feed.makers import MULTIMODAL, NewSession
from orchestrator.feed.parameters import FeedParameters
from orchestrator.feed.prepared import Preparation
from orchestrator.feed.profile import Profile
from orchestrator.feed.profiles import Profiles
from orchestrator.feed.ranking_thread import RankingThread
from orchestrator.feed.sessions import Snapshot
from orchestrator.feed.unmigrated import Unmigrated
from orchestrator.feed.weights import reweighted
from orchestrator.store.protocol import Store
from orchestrator.store.records import StoredPost
from ranking.duplicates import DuplicateParameters
from ranking.rank import Ranking

_MAX_COMPARED_HIDDEN = 2000
_PREPARED_POSTS = 50_000


@dataclass(frozen=True, slots=True)
class FeedRules:
    """How a feed is made."""

    ranking: Ranking
    parameters: FeedParameters
    duplicates: DuplicateParameters


class MultimodalMaker:
    """`SessionMaker` from the store's posts, for one event loop."""

    def __init__(
        self,
        store: Store,
        profiles: Profiles,
        rules: FeedRules,
        thread: RankingThread,
        preparation: Preparation | None = None,
        legacy: Unmigrated | None = None,
    ) -> None:
        """With `legacy`, posts that are only in its collection yet are ranked among the others."""
        self._store = store
        self._profiles = profiles
        self._rules = rules
        self._thread = thread
        self._preparation = preparation or Preparation(_PREPARED_POSTS)
        self._legacy = legacy

    def weighted(self, weights: Mapping[str, float]) -> "MultimodalMaker":
        """The same with the named signals' weights replaced; a request's are put on top.

        Raises InvalidRequest for weights that are none.
        """
        rules = replace(self._rules, ranking=reweighted(self._rules.ranking, weights))
        return MultimodalMaker(
            self._store, self._profiles, rules, self._thread, self._preparation, self._legacy
        )

    async def make(self, new: NewSession) -> Snapshot:
        """See `SessionMaker`."""
        ranking = reweighted(self._rules.ranking, new.weights)
        profile = await self._profiles.of(new.user_id)
        candidates = await find_candidates(
            self._store,
            profile,
            per_source=self._rules.parameters.candidates_per_source,
            served=frozenset(new.served),
            legacy=self._legacy,
        )
        return take_snapshot(
            await self._arrange(candidates, profile, new, ranking),
            profile.viewer,
            session_id=new.session_id,
            user_id=new.user_id,
            created_at=new.created_at,
            seed=new.seed,
            variant=MULTIMODAL,
        )

    async def authors(self, media_ids: Sequence[str]) -> Mapping[str, str | None]:
        """See `SessionMaker`."""
        posts = await self._store.get_posts(media_ids)
        authors: dict[str, str | None] = {name: post.author_id for name, post in posts.items()}
        if self._legacy:
            authors |= await self._legacy.authors([m for m in media_ids if m not in authors])
        return authors

    async def _arrange(
        self,
        candidates: list[Candidate],
        profile: Profile,
        new: NewSession,
        ranking: Ranking,
    ) -> Arrangement:
        parameters = self._rules.parameters
        compared = parameters.compared_posts
        hidden = sorted(profile.known.hidden.media_ids)[:_MAX_COMPARED_HIDDEN]
        seen = islice(reversed(profile.known.seen), compared)
        seen_posts = await self._posts([*seen, *hidden])
        served_posts = await self._posts(new.served[:compared])

        def work() -> Arrangement:
            entries = make_entries(
                candidates,
                seen=seen_posts,
                served=served_posts,
                served_ids=frozenset(new.served),
                parameters=self._rules.duplicates,
                preparation=self._preparation,
            )
            return arrange(
                entries,
                profile.viewer,
                now_s=new.created_at.timestamp(),
                seed=new.seed,
                ranking=ranking,
                parameters=parameters,
            )

        return await self._thread.run(work)

    async def _posts(self, media_ids: Sequence[str]) -> dict[str, StoredPost]:
        if not media_ids:
            return {}
        return await self._store.get_posts(media_ids, with_vectors=True)
