"""The old ranking, through the same pages as any other."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator.errors import StoreUnavailable
from orchestrator.feed.feed import Page
from orchestrator.feed.parameters import FeedParameters
from tests.orchestrator.store.conformance import NOW, unit
from tests.support.feeds import Feed, ids, open_feed, single_post
from tests.support.old_collection import EAST, NORTH, OldCollection, old_post, open_old_collection

POSTS = 12


@pytest.fixture
async def feed(tmp_path: Path, old: OldCollection) -> AsyncIterator[Feed]:
    """Posts o00 … o11: ever farther from the east, and ever newer."""
    async with open_feed(tmp_path, legacy=old) as opened:
        await old.put(
            [
                old_post(
                    f"o{number:02}",
                    unit(POSTS - number, number, 0, 0, 0),
                    NOW - timedelta(hours=POSTS - number),
                    author_id=f"author-{number % 4}",
                )
                for number in range(POSTS)
            ]
        )
        await old.put([old_post("east", EAST), old_post("north", NORTH)])
        yield opened


async def first(feed: Feed, user_id: str = "u1", limit: int = 5) -> Page:
    return await feed.service.first_page(user_id, limit=limit, variant="legacy")


async def all_of(feed: Feed, user_id: str = "u1", limit: int = 5) -> list[str]:
    page = await first(feed, user_id, limit)
    shown = ids(page)
    while page.cursor:
        page = await feed.next(page, user_id)
        shown += ids(page)
    return shown


async def test_what_looks_like_what_was_liked_comes_first(feed: Feed) -> None:
    await feed.record("like", "east")
    page = await first(feed, limit=3)
    assert ids(page) == ["o00", "o01", "o02"]
    assert page.variant == "legacy"
    item = page.items[1]
    cosine = float(unit(11, 1, 0, 0, 0) @ EAST)
    assert item.signals["visual"] == pytest.approx((cosine, cosine, 1.0, cosine))
    assert sum(signal is not None for signal in item.signals.values()) == 1
    assert item.score == pytest.approx(cosine)
    assert item.reason == "looks like posts you liked"
    assert (item.explanation.sources, item.explanation.place) == (("legacy",), 1)
    matched = item.explanation.interests["visual"]
    assert matched is not None
    assert (matched.media_id, matched.weight) == (None, 1.0)


async def test_the_mean_of_all_that_was_liked_counts(feed: Feed) -> None:
    await feed.record("like", "east")
    await feed.record("save", "north")
    await feed.record("view", "o11")
    # East and north in equal parts: o06 is their middle.
    assert ids(await first(feed, limit=3)) == ["o06", "o05", "o07"]


async def test_a_new_viewer_is_served_the_newest(feed: Feed) -> None:
    page = await first(feed, limit=4)
    assert ids(page) == ["east", "north", "o11", "o10"]
    item = page.items[2]
    assert item.signals["recency"] == pytest.approx((1.0, 0.5 ** (1 / 24), 1.0, 0.5 ** (1 / 24)))
    assert sum(signal is not None for signal in item.signals.values()) == 1
    assert (item.reason, item.explanation.sources) == ("is new", ("legacy_new",))


async def test_pages_go_on_and_repeat_nothing(feed: Feed) -> None:
    await feed.record("like", "east")
    shown = await all_of(feed)
    assert shown == [*(f"o{number:02}" for number in range(POSTS)), "north"]


async def test_what_was_seen_or_hidden_stays_away(feed: Feed) -> None:
    await feed.record("like", "east")
    await feed.record("view", "o00")
    await feed.record("hide", "o01")
    await feed.record("hide_author", "o02", author_id="author-2")
    left = [f"o{number:02}" for number in range(3, POSTS) if number % 4 != 2]
    assert await all_of(feed) == [*left, "north"]


async def test_what_was_served_stands_behind_what_was_not(feed: Feed) -> None:
    await feed.record("like", "east")
    served = ids(await first(feed, limit=3))
    page = await first(feed, limit=20)
    assert ids(page)[:2] == ["o03", "o04"]
    assert ids(page)[-3:] == served
    assert [item.explanation.served_before for item in page.items[-4:]] == [False, *[True] * 3]


async def test_a_post_that_is_deleted_between_pages_is_left_out(
    feed: Feed, old: OldCollection
) -> None:
    await feed.record("like", "east")
    page = await first(feed, limit=2)
    await old.delete("o03")
    assert ids(await feed.next(page, limit=3)) == ["o02", "o04"]


async def test_what_is_liked_and_hidden_is_not_liked(feed: Feed) -> None:
    await feed.record("like", "east", "north")
    await feed.record("hide", "north")
    assert ids(await first(feed, limit=2)) == ["o00", "o01"]


async def test_posts_of_the_store_alone_are_not_in_it(feed: Feed) -> None:
    await feed.store.put_posts([single_post("new")])
    await feed.record("like", "new")
    assert "new" not in await all_of(feed, limit=20)


async def test_what_is_opposite_counts_nothing(feed: Feed, old: OldCollection) -> None:
    await old.put([old_post("west", -EAST)])
    await feed.record("like", "east")
    page = await first(feed, limit=20)
    item = page.items[-1]
    assert (item.media_id, item.score) == ("west", 0.0)
    assert item.signals["visual"] == pytest.approx((-1.0, 0.0, 1.0, 0.0))


async def test_a_session_is_of_bounded_length(tmp_path: Path, old: OldCollection) -> None:
    parameters = FeedParameters(session_posts=4)
    async with open_feed(tmp_path / "new", legacy=old, parameters=parameters) as feed:
        await old.put([old_post(f"o{number}") for number in range(9)])
        assert len(await all_of(feed, limit=3)) == 4


async def test_its_collection_away_is_told(feed: Feed, old: OldCollection) -> None:
    old.is_away = True
    with pytest.raises(StoreUnavailable, match="the old collection is away"):
        await first(feed)


async def test_an_empty_collection_gives_an_empty_feed(tmp_path: Path) -> None:
    async with open_old_collection(tmp_path) as old, open_feed(tmp_path, legacy=old) as feed:
        page = await first(feed)
        assert (page.items, page.cursor) == ([], None)


async def test_posts_without_a_date_are_the_last(feed: Feed, old: OldCollection) -> None:
    newest = old_post("new", created_at=NOW + timedelta(minutes=1))
    await old.put([newest, replace(newest, media_id="undated", created_at=None)])
    shown = await all_of(feed, limit=20)
    assert shown[0] == "new"
    assert shown[-1] == "undated"


async def test_a_post_of_the_next_millennium_is_not_the_newest_for_ever(
    feed: Feed, old: OldCollection
) -> None:
    await old.put([old_post("future", created_at=NOW.replace(year=3026))])
    assert (await all_of(feed, limit=20))[-1] == "future"
