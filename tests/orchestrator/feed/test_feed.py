"""Sessions of a viewer's feed, on the real store, with a clock that tests move."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator.errors import CursorExpired, ForeignCursor, InvalidCursor, InvalidRequest
from orchestrator.feed.parameters import FeedParameters
from orchestrator.store.records import StoredPost
from ranking.placing import DiversityParameters
from tests.orchestrator.store import conformance
from tests.orchestrator.store.conformance import NOW, unit
from tests.support.feeds import Clock, Feed, ids, open_feed

POSTS = 60


def post(media_id: str = "m", **changes: object) -> StoredPost:
    """A post that is no copy of another."""
    return conformance.post(media_id, **{"content_hash": None, "perceptual_hash": None, **changes})


@pytest.fixture
async def feed(tmp_path: Path) -> AsyncIterator[Feed]:
    """Sixty posts of twenty authors, ever less liked and ever older."""
    async with open_feed(tmp_path) as opened:
        await opened.store.put_posts(
            [
                post(
                    f"m{number:02}",
                    author_id=f"author-{number % 20}",
                    likes=1000 - 10 * number,
                    comments=0,
                    created_at=NOW - timedelta(hours=number),
                )
                for number in range(POSTS)
            ]
        )
        yield opened


async def all_pages(feed: Feed, user_id: str = "u1", limit: int = 7) -> list[list[str]]:
    page = await feed.first(user_id, limit=limit)
    pages = [ids(page)]
    while page.cursor:
        page = await feed.next(page, user_id)
        pages.append(ids(page))
    return pages


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


async def test_what_was_seen_stays_away_for_days_and_returns(tmp_path: Path) -> None:
    parameters = FeedParameters(exploration_share=0.0, seen_days=2)
    async with open_feed(tmp_path, parameters=parameters) as feed:
        await feed.store.put_posts([post(f"m{number}") for number in range(6)])
        await feed.record("view", "m0")
        await feed.record("dwell", "m1", value=3.0)
        await feed.record("like", "m2")
        assert sorted(ids(await feed.first())) == ["m3", "m4", "m5"]
        feed.clock.pass_by(days=2, minutes=1)
        assert sorted(ids(await feed.first())) == [f"m{number}" for number in range(6)]


@pytest.mark.parametrize("kind", ["hide", "report"])
async def test_hidden_and_reported_posts_never_return(tmp_path: Path, kind: str) -> None:
    parameters = FeedParameters(exploration_share=0.0, seen_days=1)
    async with open_feed(tmp_path, parameters=parameters) as feed:
        await feed.store.put_posts([post(f"m{number}") for number in range(3)])
        await feed.record(kind, "m1")
        feed.clock.pass_by(days=400)
        assert sorted(ids(await feed.first())) == ["m0", "m2"]


async def test_hidden_authors_never_return_with_later_posts_either(feed: Feed) -> None:
    await feed.first()
    await feed.record("hide_author", "m03", author_id="author-3")
    await feed.store.put_posts([post("later", author_id="author-3", likes=9000)])
    feed.clock.pass_by(days=400)
    pages = await all_pages(feed, limit=100)
    assert not {"m03", "m23", "m43", "later"} & set(pages[0])
    assert len(pages[0]) == POSTS - 3


async def test_what_is_hidden_or_deleted_between_pages_is_left_out_of_them(feed: Feed) -> None:
    quiet = await all_pages(feed, "quiet", limit=10)
    page = await feed.first(limit=10)
    gone, hidden, by_author = quiet[1][2], quiet[1][5], quiet[2][0]
    author = (await feed.store.get_posts([by_author]))[by_author].author_id
    await feed.store.delete_post(gone)
    await feed.record("hide", hidden)
    await feed.record("hide_author", by_author, author_id=author)
    posts = await feed.store.get_posts([one for page in quiet for one in page])
    expected = [
        [one for one in page if one not in {gone, hidden} and posts[one].author_id != author]
        for page in quiet[1:]
    ]
    pages = []
    while page.cursor:
        page = await feed.next(page)
        pages.append(ids(page))
    assert pages == expected


async def test_pages_with_nothing_left_are_passed_over(feed: Feed) -> None:
    quiet = await all_pages(feed, "quiet", limit=10)
    page = await feed.first(limit=10)
    for media_id in [*quiet[1], *quiet[2]]:
        await feed.store.delete_post(media_id)
    assert ids(await feed.next(page)) == quiet[3]


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


async def test_the_same_content_stands_once_and_names_its_copies(tmp_path: Path) -> None:
    async with open_feed(tmp_path) as feed:
        picture = post("original", content_hash="sha256:1", likes=9)
        await feed.store.put_posts(
            [
                picture,
                replace(picture, media_id="copy", author_id="bob", likes=900),
                replace(picture, media_id="other", content_hash="sha256:2", author_id="eve"),
            ]
        )
        page = await feed.first()
        assert sorted(ids(page)) == ["copy", "other"]
        duplicates = {item.media_id: item.duplicates for item in page.items}
        assert duplicates == {"copy": ("original",), "other": ()}
        assert await feed.store.count_posts() == 3
        # Whoever saw one copy has seen them all.
        await feed.record("view", "original")
        assert ids(await feed.first()) == ["other"]


async def test_hiding_a_copy_hides_its_group_in_the_running_session(tmp_path: Path) -> None:
    async with open_feed(tmp_path) as feed:
        picture = post("stands", content_hash="sha256:1", likes=1)
        await feed.store.put_posts(
            [
                *(post(f"m{number}", likes=500) for number in range(3)),
                picture,
                replace(picture, media_id="copy", likes=0),
            ]
        )
        first = await feed.first(limit=3)
        second = await feed.next(first)
        assert [(item.media_id, item.duplicates) for item in second.items] == [
            ("stands", ("copy",))
        ]
        await feed.record("hide", "copy")
        assert (await feed.next(first)).items == []


async def test_a_copy_stands_in_for_what_was_deleted_between_pages(tmp_path: Path) -> None:
    async with open_feed(tmp_path) as feed:
        picture = post("stands", content_hash="sha256:1", likes=9, author_id="ann")
        await feed.store.put_posts(
            [
                *(post(f"m{number}", likes=500) for number in range(3)),
                picture,
                replace(picture, media_id="copy-1", likes=0),
                replace(picture, media_id="copy-2", likes=0, author_id="bob"),
            ]
        )
        first = await feed.first(limit=3)
        (before,) = (await feed.next(first)).items
        assert (before.media_id, before.duplicates) == ("stands", ("copy-1", "copy-2"))
        await feed.store.delete_post("stands")
        (after,) = (await feed.next(first)).items
        assert (after.media_id, after.duplicates) == ("copy-1", ("copy-2",))
        await feed.store.delete_post("copy-1")
        await feed.record("hide_author", "m0", author_id="bob")
        assert (await feed.next(first)).items == []


async def test_very_many_hides_forget_none(tmp_path: Path) -> None:
    async with open_feed(tmp_path) as feed:
        await feed.store.put_posts([post("first"), post("other"), post("shown", author_id="bob")])
        await feed.record("hide", "first")
        await feed.record("hide_author", "other", author_id="ann")
        for _ in range(3):
            feed.clock.pass_by(minutes=1)
            await feed.record("hide", *["other"] * 7000)
        feed.profiles.forget({"u1"})
        assert ids(await feed.first()) == ["shown"]


async def test_copies_of_what_was_hidden_never_return_either(tmp_path: Path) -> None:
    async with open_feed(tmp_path) as feed:
        picture = post("original", content_hash="sha256:1")
        await feed.store.put_posts([picture, post("other", content_hash="sha256:2")])
        await feed.record("hide", "original")
        feed.clock.pass_by(days=400)
        await feed.store.put_posts([replace(picture, media_id="copy", author_id="bob")])
        assert ids(await feed.first()) == ["other"]


async def test_content_served_in_one_copy_comes_last_in_another(tmp_path: Path) -> None:
    async with open_feed(tmp_path) as feed:
        picture = post("original", content_hash="sha256:1", likes=900)
        await feed.store.put_posts([picture, post("other", likes=0, content_hash="sha256:2")])
        assert ids(await feed.first(limit=1)) == ["original"]
        await feed.store.put_posts([replace(picture, media_id="copy", likes=1000)])
        assert ids(await feed.first(limit=2)) == ["other", "copy"]


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
