from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from orchestrator.errors import InvalidRequest
from orchestrator.feed.listing import ListedPost, Lists
from orchestrator.feed.ranking_thread import RankingThread
from ranking.rank import Ranking
from ranking.types import Interest, Taste, Viewer
from tests.orchestrator.feed.watched_store import WatchedStore
from tests.orchestrator.store.conformance import NOW, SCHEMA, post, unit
from tests.support.feeds import IDENTITY, Clock

pytestmark = pytest.mark.asyncio(loop_scope="module")

EAST = Viewer(text=Taste((Interest(unit(1, 0, 0)),)))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lists(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lists]:
    store = WatchedStore(tmp_path_factory.mktemp("store"), SCHEMA)
    await store.put_posts(
        [post("east"), post("north", text=unit(0, 1, 0), author_id="bob"), post("π/ü")]
    )
    thread = RankingThread()
    yield Lists(store, Ranking(IDENTITY), Clock(), thread)
    thread.close()
    await store.close()


async def test_posts_stand_in_order_and_unknown_ones_are_named(lists: Lists) -> None:
    listed = [ListedPost(media_id) for media_id in ("x", "north", "π/ü", "a", "east")]
    found = await lists.rank(listed, EAST, weights={"diversity": 0}, limit=None)
    assert [item.media_id for item in found.items] == ["east", "π/ü", "north"]
    assert found.unknown == ["x", "a"]


async def test_what_is_given_stands_in_for_what_is_stored(lists: Lists) -> None:
    listed = [
        ListedPost("east", likes=0, comments=25, created_at=NOW - timedelta(days=1)),
        ListedPost("north", likes=0),
    ]
    found = await lists.rank(listed, Viewer(), weights=None, limit=None)
    signals = {item.media_id: item.signals for item in found.items}
    for name, media_id, raw, value in (
        ("engagement", "east", 50.0, 0.5),
        ("recency", "east", 24.0, 0.5),
        # A nought is given; what is None is stored: one comment.
        ("engagement", "north", 2.0, 3 / 54),
        ("recency", "north", 0.0, 1.0),
    ):
        signal = signals[media_id][name]
        assert signal is not None
        assert signal.raw == raw
        assert signal.value == pytest.approx(value)


async def test_the_best_are_the_beginning(lists: Lists) -> None:
    listed = [ListedPost(media_id) for media_id in ("north", "x", "east", "π/ü")]
    whole = await lists.rank(listed, EAST, weights=None, limit=None)
    best = await lists.rank(listed, EAST, weights=None, limit=1)
    assert best.items == whole.items[:1]
    assert best.unknown == ["x"]


async def test_no_posts_are_no_items(lists: Lists) -> None:
    found = await lists.rank([ListedPost("x")], EAST, weights=None, limit=5)
    assert (found.items, found.unknown) == ([], ["x"])


async def test_weights_that_are_none(lists: Lists) -> None:
    with pytest.raises(InvalidRequest, match="weights: unknown signal 'sound'"):
        await lists.rank([ListedPost("east")], EAST, weights={"sound": 1}, limit=None)
