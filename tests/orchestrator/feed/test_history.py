"""What events say, read from the real store; each test a viewer of its own."""

import random
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import NamedTuple

import pytest
import pytest_asyncio

from orchestrator.feed.history import is_strong, read_taste, taste_of
from orchestrator.feed.known import Hidden, read_hidden, read_known
from orchestrator.feed.parameters import FeedParameters
from orchestrator.store.records import Event
from ranking.types import Viewer
from ranking.viewer import TasteParameters
from tests.orchestrator.feed.watched_store import WatchedStore
from tests.orchestrator.store.conformance import NOW, SCHEMA, event, post, unit

pytestmark = pytest.mark.asyncio(loop_scope="module")

TASTE = TasteParameters()
_numbers = count()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WatchedStore]:
    store = WatchedStore(tmp_path_factory.mktemp("store"), SCHEMA)
    await store.put_posts(
        [
            post("east"),
            post("north", text=unit(0, 1, 0), visual=None, author_id="bob"),
            post("up", text=unit(0, 0, 1), visual=None),
            post("deleted"),
        ]
    )
    await store.delete_post("deleted")
    yield store
    await store.close()


@pytest.fixture
def store(opened: WatchedStore) -> WatchedStore:
    opened.watch()
    return opened


def made(user_id: str, kind: str, media_id: str, *, days_ago: float = 0, **more: object) -> Event:
    return event(
        f"e{next(_numbers)}",
        user_id=user_id,
        kind=kind,
        media_id=media_id,
        at=NOW - timedelta(days=days_ago),
        **more,
    )


class History(NamedTuple):
    """All that is read of a viewer; `seen` the latest first."""

    viewer: Viewer
    seen: tuple[str, ...]
    hidden: Hidden
    events: int


async def history_of(store: WatchedStore, user_id: str, **parameters: int) -> History:
    given = FeedParameters(**parameters)
    known = await read_known(store, user_id, now=NOW, parameters=given)
    viewer, events, _ = await read_taste(store, user_id, now=NOW, parameters=given, taste=TASTE)
    return History(viewer, tuple(reversed(known.seen)), known.hidden, events)


def text_of(viewer: Viewer) -> list[list[float]]:
    return [interest.vector.tolist() for interest in viewer.text.interests]


async def test_an_unknown_viewer_has_none(store: WatchedStore) -> None:
    assert await history_of(store, "nobody") == History(Viewer(), (), Hidden(), 0)


async def test_what_events_say(store: WatchedStore) -> None:
    await store.add_events(
        [
            made("u1", "like", "east"),
            made("u1", "like", "north", days_ago=30),
            made("u1", "hide", "up", days_ago=1),
        ]
    )
    history = await history_of(store, "u1")
    assert history.events == 3
    assert history.seen == ("east", "up", "north")
    assert history.hidden == Hidden({"up"})
    # A half-life of 30 days: (1, ½).
    assert text_of(history.viewer) == [pytest.approx([2 / 5**0.5, 1 / 5**0.5, 0], abs=1e-6)]
    (avoided,) = history.viewer.text.avoided
    hidden = 0.5 ** (1 / 30)
    assert avoided.media_id == "up"
    assert avoided.weight == pytest.approx(hidden / (hidden + 0.1 * 1.5))
    assert history.viewer.visual.interests[0].vector.tolist() == [1, 0, 0, 0]
    assert history.viewer.visual.avoided == ()


async def test_events_say_the_same_in_any_order_and_twice(store: WatchedStore) -> None:
    events = [
        made("u2", kind, media_id, days_ago=days)
        for days, (kind, media_id) in enumerate(
            [("like", "east"), ("save", "north"), ("skip", "east"), ("hide", "up"), ("view", "up")]
        )
    ]
    shuffled = random.Random(3).sample(events, len(events))
    again = [
        replace(one, event_id=f"{one.event_id}-{copy}", user_id="u3")
        for one in shuffled
        for copy in range(3)
    ]
    for one in events:
        await store.add_events([one])
    await store.add_events(again)
    once, thrice = await history_of(store, "u2"), await history_of(store, "u3")
    assert (once.events, thrice.events) == (5, 15)
    assert once.seen == thrice.seen
    assert text_of(once.viewer) == text_of(thrice.viewer)
    assert [(one.media_id, one.weight) for one in once.viewer.text.avoided] == [
        (one.media_id, one.weight) for one in thrice.viewer.text.avoided
    ]


async def test_events_of_the_near_future_count_as_now(store: WatchedStore) -> None:
    await store.add_events(
        [made("u4", "like", "east", days_ago=-0.003), made("u4", "like", "north")]
    )
    history = await history_of(store, "u4")
    assert text_of(history.viewer) == [pytest.approx([0.5**0.5, 0.5**0.5, 0], abs=1e-6)]
    assert history.seen == ("east", "north")


async def test_posts_that_are_gone_count_nothing(store: WatchedStore) -> None:
    events = [made("u5", "like", media_id) for media_id in ("never", "deleted", "north")]
    await store.add_events(events)
    history = await history_of(store, "u5")
    assert text_of(history.viewer) == [[0.0, 1.0, 0.0]]
    assert set(history.seen) == {"never", "deleted", "north"}
    viewer, unknown, _ = await taste_of(store, events, now=NOW, taste=TASTE)
    assert (text_of(viewer), unknown) == ([[0.0, 1.0, 0.0]], ["deleted", "never"])
    nothing, unknown, _ = await taste_of(store, events[:2], now=NOW, taste=TASTE)
    assert (nothing, unknown) == (Viewer(), ["deleted", "never"])


async def test_views_do_not_crowd_out_likes(store: WatchedStore) -> None:
    await store.add_events(
        [
            *(made("u6", "like", media_id, days_ago=90) for media_id in ("east", "north")),
            *(made("u6", "view", "up", days_ago=n / 100) for n in range(50)),
        ]
    )
    history = await history_of(store, "u6", max_history=3)
    # Both likes, and the three latest views, which are one response.
    assert history.events == 5
    (interest,) = text_of(history.viewer)
    liked, viewed = 0.5**3, TASTE.weights["view"]
    length = (2 * liked**2 + viewed**2) ** 0.5
    assert interest == pytest.approx([liked / length, liked / length, viewed / length], abs=1e-5)


async def test_only_the_latest_days_were_seen(store: WatchedStore) -> None:
    await store.add_events(
        [
            made("u7", "view", "east", days_ago=7),
            made("u7", "view", "north", days_ago=7.001),
            made("u7", "skip", "up", days_ago=1),
        ]
    )
    assert (await history_of(store, "u7", seen_days=7)).seen == ("up", "east")
    assert (await history_of(store, "u7", seen_days=7, max_seen=1)).seen == ("up",)


async def test_what_is_hidden_is_hidden_for_ever(store: WatchedStore) -> None:
    await store.add_events(
        [
            made("u8", "hide", "east", days_ago=9000),
            made("u8", "report", "up", days_ago=8000),
            made("u8", "hide_author", "north", days_ago=7000, author_id="bob"),
            made("u8", "hide_author", "gone", days_ago=7000, author_id=None),
            made("u8", "like", "deleted"),
        ]
    )
    hidden = await read_hidden(store, "u8")
    assert hidden == Hidden({"east", "up", "north", "gone"}, {"bob"})
    assert hidden.holds("new", "bob")
    assert hidden.holds("east", "ann")
    assert hidden.holds("east", None)
    assert not hidden.holds("new", "ann")
    assert not hidden.holds("new", None)
    assert (await history_of(store, "u8")).seen == ("deleted",)


@pytest.mark.parametrize(
    ("kind", "strong"),
    [("like", True), ("hide", True), ("skip", False), ("dwell", False), ("love", False)],
)
async def test_what_is_strong(kind: str, strong: bool) -> None:
    assert is_strong(kind, TASTE) is strong


async def test_strength_is_a_matter_of_weight_except_for_what_hides() -> None:
    weights = {"view": 0.5, "like": 0.49, "skip": -0.5, "hide": 0.0}
    taste = TasteParameters(weights=weights)
    strong = {kind for kind in weights if is_strong(kind, taste)}
    assert strong == {"view", "skip", "hide"}


async def test_very_many_events_of_one_viewer_are_bounded_in_work(store: WatchedStore) -> None:
    """20,000: a hundred thousand differ in nothing but how long they take to be written."""
    total, liked = 20_000, 20
    for start in range(0, total, 5000):
        await store.add_events(
            [
                made(
                    "busy",
                    "like" if number % 1000 == 0 else "view",
                    ("east", "north")[number % 2000 == 0] if number % 1000 == 0 else f"x{number}",
                    days_ago=20 * number / total,
                )
                for number in range(start, start + 5000)
            ]
        )
    began_s = time.perf_counter()
    history = await history_of(store, "busy", max_history=300, max_seen=500)
    assert time.perf_counter() - began_s < 5
    # 20 likes, 300 views, 500 that were seen, none that hides.
    assert (store.reads, store.rows) == (4, liked + 300 + 500)
    assert history.events == liked + 300
    assert history.seen[0] == "north"
    assert len(history.seen) == 500
    # Each post counts once, by its latest like: `north` now, `east` a day ago.
    north, east = 1.0, 0.5 ** (1 / 30)
    length = (north**2 + east**2) ** 0.5
    assert text_of(history.viewer) == [pytest.approx([east / length, north / length, 0], abs=1e-6)]
