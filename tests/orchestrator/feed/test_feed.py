"""Sessions of a viewer's feed, on the real store, with a clock that tests move."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.errors import CursorExpired, ForeignCursor, InvalidCursor, InvalidRequest
from orchestrator.feed.parameters import FeedParameters
from ranking.placing import DiversityParameters
from tests.orchestrator.feed.conftest import POSTS
from tests.orchestrator.store.conformance import NOW, unit
from tests.support.feeds import Clock, Feed, all_pages, ids, open_feed
from tests.support.feeds import single_post as post


async def test_pages_have_every_post_once(feed: Feed) -> None:
    pages = await all_pages(feed)
    assert [len(page) for page in pages] == [7] * 8 + [4]
    served = [media_id for page in pages for media_id in page]
    assert sorted(served) == [f"m{number:02}" for number in range(POSTS)]


async def test_pages_stay_while_posts_and_events_arrive(feed: Feed) -> None:
    quiet = await all_pages(feed, "quiet")
    page = await feed.first("busy", limit=7)
    pages = [ids(page)]
    number = 0
    while page.cursor:
        number += 1
        await feed.store.put_posts([post(f"late-{number}", likes=5000, created_at=NOW)])
        await feed.record("like", page.items[0].media_id, user_id="busy")
        page = await feed.next(page, "busy")
        pages.append(ids(page))
    assert pages == quiet


async def test_a_cursor_again_is_the_same_page_to_the_bit(feed: Feed) -> None:
    first = await feed.first()
    second = await feed.next(first)
    await feed.next(second)
    await feed.record("like", *ids(second))
    feed.clock.pass_by(minutes=10)
    again = await feed.next(first)
    assert again == second


async def test_the_limit_may_change_between_pages(feed: Feed) -> None:
    first = await feed.first(limit=5)
    second = await feed.next(first, limit=3)
    third = await feed.next(second)
    assert [len(page.items) for page in (first, second, third)] == [5, 3, 3]
    assert len({*ids(first), *ids(second), *ids(third)}) == 11


async def test_cursors_that_are_none_are_told_apart(feed: Feed) -> None:
    page = await feed.first()
    assert page.cursor
    with pytest.raises(InvalidCursor):
        await feed.service.next_page("u1", cursor=page.cursor[:-2] + "AA", limit=None)
    with pytest.raises(ForeignCursor):
        await feed.service.next_page("u2", cursor=page.cursor, limit=None)
    feed.clock.pass_by(hours=1, seconds=1)
    with pytest.raises(CursorExpired):
        await feed.service.next_page("u1", cursor=page.cursor, limit=None)


async def test_cursors_outlive_the_process(tmp_path: Path) -> None:
    async with open_feed(tmp_path) as feed:
        await feed.store.put_posts([post(f"m{number}") for number in range(9)])
        first = await feed.first(limit=3)
        second = await feed.next(first)
    async with open_feed(tmp_path) as feed:
        assert await feed.next(first) == second


async def test_a_refresh_brings_what_was_not_served_first(feed: Feed) -> None:
    first = await feed.first(limit=20)
    refreshed = await feed.first(limit=20)
    again = await feed.first(limit=20)
    assert len({*ids(first), *ids(refreshed), *ids(again)}) == POSTS
    # There is nothing else left: what was served, but not reported as seen, comes again.
    last = await feed.first(limit=20)
    assert {item.explanation.served_before for item in last.items} == {True}
    assert {item.explanation.served_before for item in again.items} == {False}


async def test_a_preview_counts_as_served_to_nobody(feed: Feed) -> None:
    preview = await feed.service.first_page("u1", limit=10, preview=True)
    assert preview.cursor is None
    assert ids(preview) == ids(await feed.first(limit=10))


async def test_only_pages_that_were_asked_for_count_as_served(feed: Feed) -> None:
    first = await feed.first(limit=10)
    await feed.next(first)
    refreshed = await feed.first(limit=40)
    assert len(ids(refreshed)) == 40
    assert {item.explanation.served_before for item in refreshed.items} == {False}


async def test_a_new_post_is_in_the_next_refresh(feed: Feed) -> None:
    await feed.first(limit=10)
    await feed.store.put_posts([post("breaking", likes=2000, created_at=NOW)])
    assert ids(await feed.first(limit=1)) == ["breaking"]


async def test_two_refreshes_at_once_share_no_post(feed: Feed) -> None:
    pages = await asyncio.gather(*(feed.first(limit=20) for _ in range(3)))
    assert len({media_id for page in pages for media_id in ids(page)}) == POSTS
    # and the same viewers at once as one after the other
    assert [len(page.items) for page in pages] == [20, 20, 20]


async def test_an_unknown_viewer_is_served_what_is_new_and_popular(feed: Feed) -> None:
    page = await feed.first("nobody", limit=3)
    assert ids(page) == ["m00", "m01", "m02"]
    for item in page.items:
        assert item.signals["visual"] is None
        assert item.signals["text"] is None
        present = [signal for signal in item.signals.values() if signal]
        assert item.score == pytest.approx(sum(one.contribution for one in present), abs=1e-9)


async def test_an_empty_store_is_an_empty_page(tmp_path: Path) -> None:
    async with open_feed(tmp_path) as feed:
        page = await feed.first()
        assert (page.items, page.cursor) == ([], None)


async def test_weights_of_a_request_are_for_its_session(feed: Feed) -> None:
    await feed.record("like", "m59")
    newest = {"visual": 0, "text": 0, "engagement": 0, "diversity": 0}
    page = await feed.service.first_page("u1", limit=5, weights=newest)
    following = await feed.next(page)
    for item in [*page.items, *following.items]:
        assert item.signals["recency"] is not None
        assert item.score == item.signals["recency"].value


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"visual": -1.0}, "weight 'visual' must be"),
        ({"sound": 1.0}, "unknown signal 'sound'"),
        ({"visual": float("nan")}, "finite"),
        (
            dict.fromkeys(("visual", "text", "engagement", "recency", "diversity"), 0.0),
            "at least one weight",
        ),
    ],
)
async def test_weights_that_are_none(feed: Feed, weights: dict[str, float], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        await feed.service.first_page("u1", limit=5, weights=weights)


async def test_new_posts_get_a_bounded_share_of_the_first_half(tmp_path: Path) -> None:
    parameters = FeedParameters(exploration_share=0.1, session_posts=60)
    async with open_feed(tmp_path, parameters=parameters, clock=Clock()) as feed:
        popular = [
            post(f"m{number:03}", author_id=f"a{number}", likes=500 + number)
            for number in range(100)
        ]
        fresh = [
            post(f"fresh-{number}", author_id=f"f{number}", likes=0, comments=0, created_at=NOW)
            for number in range(20)
        ]
        await feed.store.put_posts([*popular, *fresh])
        page = await feed.first(limit=60)
        explored = [item for item in page.items if item.explanation.propensity is not None]
        assert [item.media_id[:5] for item in explored] == ["fresh"] * 3
        assert all(10 * n < item.explanation.place + 1 for n, item in enumerate(explored))
        assert all(item.explanation.place < 30 for item in explored)
        assert {item.reason for item in explored} == {"is new and few have seen it yet"}


async def test_a_viewer_of_two_interests_gets_both(tmp_path: Path) -> None:
    # Made so alike, the posts of one topic would be kept apart.
    async with open_feed(tmp_path, diversity=DiversityParameters("none")) as feed:
        cats, space, food = unit(1, 0, 0), unit(0, 1, 0), unit(0, 0, 1)
        plain = post(likes=0, comments=0)
        topics = {"cat": cats, "space": space, "food": food}
        await feed.store.put_posts(
            [
                replace(
                    plain, media_id=f"{name}-{number}", author_id=f"{name}{number}",
                    visual=None, text=unit(*(vector + 0.01 * number)),
                )
                for name, vector in topics.items()
                for number in range(20)
            ]
        )  # fmt: skip
        await feed.record("like", *(f"{name}-{n}" for name in ("cat", "space") for n in range(10)))
        page = await feed.first(limit=10)
        kinds = [item.media_id.split("-")[0] for item in page.items]
        assert kinds.count("cat") >= 3
        assert kinds.count("space") >= 3
        assert "food" not in kinds
        interest = page.items[0].explanation.interests["text"]
        assert interest is not None
        assert interest.media_id is not None
        assert interest.media_id.split("-")[0] == kinds[0]
