"""Sessions of two rankers beside each other, on the real parts."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from orchestrator.errors import InvalidRequest, StoreUnavailable
from orchestrator.feed.cursor import CursorSigner
from orchestrator.feed.feed import FeedService, Page
from orchestrator.feed.makers import LEGACY, MULTIMODAL
from orchestrator.feed.parameters import FeedParameters
from orchestrator.feed.sessions import Fallback
from orchestrator.legacy.maker import LegacyMaker
from orchestrator.rollout.flags import Flags
from orchestrator.rollout.flags_file import FlagsFile
from orchestrator.rollout.parameters import RolloutParameters
from orchestrator.rollout.rankers import VariantRankers
from orchestrator.rollout.rollout import Rollout, build_rollout
from orchestrator.store.embedded.collection import EmbeddedCollection
from orchestrator.store.legacy.payloads import LegacyKeys
from orchestrator.store.legacy.points import UNNAMED
from orchestrator.store.legacy.posts import LegacyPosts, legacy_indexes
from orchestrator.store.records import LegacyPost
from tests.orchestrator.feed.conftest import POSTS, sixty_posts
from tests.orchestrator.feed.posts_away import PostsAway
from tests.orchestrator.rollout.makers import settled
from tests.orchestrator.store.conformance import NOW, SCHEMA, unit
from tests.support.feeds import SECRET, Feed, ids, open_feed

PARAMETERS = FeedParameters(exploration_share=0.0)
IN_LEGACY = [f"m{number:02}" for number in range(0, POSTS, 2)]


@dataclass
class Two:
    """A feed by either ranker."""

    store: PostsAway
    feed: Feed
    legacy: LegacyPosts
    path: Path

    def service(
        self, flags: Flags | None = None, timeout_s: float = 30.0
    ) -> tuple[FeedService, Rollout]:
        """A feed by these flags; a multimodal session is given up after `timeout_s`."""
        parameters = RolloutParameters(timeout_s=timeout_s, breaker_failures=1000)
        file = FlagsFile(self.path, flags or Flags(), has_legacy=True, clock_s=lambda: 0.0)
        rollout = build_rollout(file, parameters)
        feed = self.feed
        legacy = LegacyMaker(
            self.legacy, feed.store, feed.profiles, PARAMETERS, half_life_hours=24.0
        )
        return FeedService(
            VariantRankers({MULTIMODAL: feed.maker, LEGACY: legacy}, rollout),
            feed.profiles,
            feed.sessions,
            CursorSigner(SECRET),
            PARAMETERS,
            feed.clock,
        ), rollout


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Two]:
    """Of the sixty posts, every second one is in the legacy collection."""
    keys = LegacyKeys()
    async with AsyncExitStack() as opened:
        collection = EmbeddedCollection(tmp_path / "legacy", {UNNAMED: 4}, legacy_indexes(keys))
        legacy = LegacyPosts(collection, keys, 4)
        opened.push_async_callback(legacy.close)
        store = PostsAway(tmp_path / "store", SCHEMA)
        feed = await opened.enter_async_context(open_feed(tmp_path, store=store))
        await store.put_posts(sixty_posts())
        await legacy.put(
            [
                LegacyPost(
                    point_id="",
                    media_id=media_id,
                    author_id="ann",
                    media_url=None,
                    caption=None,
                    created_at=NOW - timedelta(hours=number),
                    likes=0,
                    comments=0,
                    vector=unit(1, number / 10, 0, 0),
                )
                for number, media_id in enumerate(IN_LEGACY)
            ]
        )
        yield Two(store, feed, legacy, tmp_path / "rollout.json")


async def all_of(service: FeedService, page: Page) -> list[Page]:
    pages = [page]
    while pages[-1].cursor:
        pages.append(await service.next_page("u1", cursor=pages[-1].cursor, limit=None))
    return pages


async def test_a_session_stays_with_the_variant_that_made_it(two: Two) -> None:
    before, _ = two.service()
    after, _ = two.service(Flags(False))
    begun = await before.first_page("u1", limit=7)
    pages = await all_of(after, begun)
    assert {page.variant for page in pages} == {"multimodal"}
    served = [media_id for page in pages for media_id in ids(page)]
    assert sorted(served) == [f"m{number:02}" for number in range(POSTS)]


async def test_legacy_pages_have_the_legacy_posts_once(two: Two) -> None:
    service, _ = two.service(Flags(False))
    pages = await all_of(service, await service.first_page("u1", limit=7))
    assert {(page.variant, page.fallback) for page in pages} == {("legacy", None)}
    assert [media_id for page in pages for media_id in ids(page)] == IN_LEGACY


async def test_what_one_ranker_served_the_other_does_not_repeat(two: Two) -> None:
    service, _ = two.service()
    first = await service.first_page("u1", limit=10, variant="legacy")
    second = await service.first_page("u1", limit=40)
    third = await service.first_page("u1", limit=5, variant="legacy")
    assert not set(ids(first)) & set(ids(second))
    assert {item.explanation.served_before for item in second.items} == {False}
    served = {*ids(first), *ids(second)}
    unserved = [media_id for media_id in IN_LEGACY if media_id not in served]
    assert ids(third) == (unserved + IN_LEGACY)[:5]


async def test_what_is_hidden_stays_hidden_whoever_ranks(two: Two) -> None:
    service, _ = two.service(Flags(False))
    begun = await service.first_page("u1", limit=3)
    await two.feed.record("hide", IN_LEGACY[4], IN_LEGACY[29])
    pages = await all_of(service, begun)
    assert [media_id for page in pages for media_id in ids(page)] == [
        media_id for media_id in IN_LEGACY if media_id not in (IN_LEGACY[4], IN_LEGACY[29])
    ]


async def test_wherever_it_is_cut_off_the_legacy_ranker_answers_and_nothing_is_held(
    two: Two,
) -> None:
    reasons = []
    for number, timeout_s in enumerate(np.geomspace(1e-5, 0.05, 25)):
        service, _ = two.service(timeout_s=float(timeout_s))
        await two.feed.record("like", "m00", user_id=f"u{number}")
        page = await service.first_page(f"u{number}", limit=5)
        assert len(page.items) == 5
        assert page.variant == ("multimodal" if page.fallback is None else "legacy")
        reasons.append(page.fallback and page.fallback.reason)
    assert reasons[0] == "timeout"
    assert set(reasons) <= {"timeout", None}
    # The same viewers again, by whom nothing is waited for any more.
    service, _ = two.service()
    for number in range(25):
        page = await service.first_page(f"u{number}", limit=5)
        assert (page.variant, page.fallback, len(page.items)) == ("multimodal", None, 5)


async def test_while_the_posts_are_away_the_legacy_ranker_answers(two: Two) -> None:
    service, rollout = two.service()
    begun = await service.first_page("u1", limit=5)
    await two.feed.record("like", "m00", user_id="u2")
    two.store.are_away = True
    for user_id in ("u2", "u3"):
        page = await service.first_page(user_id, limit=10)
        assert page.fallback == Fallback("multimodal", "unavailable", "the posts are away")
        assert len(page.items) == 10
    # A session that the posts' ranker made can't go on without them.
    with pytest.raises(StoreUnavailable, match="the posts are away"):
        await service.next_page("u1", cursor=str(begun.cursor), limit=None)
    assert rollout.tally.fallbacks == {"unavailable": 2}
    two.store.are_away = False
    assert (await service.first_page("u2", limit=5)).variant == "multimodal"
    assert (await service.next_page("u1", cursor=str(begun.cursor), limit=None)).items


async def test_pages_of_a_fallback_say_so_too(two: Two) -> None:
    service, rollout = two.service(timeout_s=1e-5)
    begun = await service.first_page("u1", limit=10)
    pages = await all_of(service, begun)
    assert begun.fallback is not None
    assert (begun.fallback.chosen, begun.fallback.reason) == ("multimodal", "timeout")
    assert {page.fallback for page in pages} == {begun.fallback}
    assert [media_id for page in pages for media_id in ids(page)] == IN_LEGACY
    assert rollout.tally.fallbacks == {"timeout": 1}


async def test_weights_that_are_none_are_the_callers_mistake(two: Two) -> None:
    service, rollout = two.service()
    with pytest.raises(InvalidRequest, match="unknown signal 'sound'"):
        await service.first_page("u1", limit=5, weights={"sound": 1.0})
    assert rollout.tally.fallbacks == {}


async def test_a_preview_falls_back_and_counts_as_served_to_nobody(two: Two) -> None:
    service, rollout = two.service(timeout_s=1e-5)
    preview = await service.first_page("u1", limit=5, preview=True)
    assert (preview.variant, preview.cursor) == ("legacy", None)
    assert ids(preview) == ids(await service.first_page("u1", limit=5))
    assert rollout.tally.sessions == {"legacy": 1}


async def test_shadows_are_served_to_nobody(two: Two) -> None:
    service, rollout = two.service(Flags(shadow_percent=100.0))
    first = await service.first_page("u1", limit=30)
    second = await service.first_page("u1", limit=30)
    assert len({*ids(first), *ids(second)}) == POSTS
    await settled()
    assert rollout.tally.sessions == {"multimodal": 2}
    assert (rollout.shadow.means.count, rollout.shadow.failed) == (2, {})
    assert rollout.shadow.means.values["overlap_at_10"] == 0.5
