"""What a viewer saw, hid or reported stays out of their feed; what was deleted, of everyone's."""

from pathlib import Path

import pytest

from orchestrator.feed.parameters import FeedParameters
from tests.orchestrator.feed.conftest import POSTS
from tests.support.feeds import Feed, all_pages, ids, open_feed
from tests.support.feeds import single_post as post


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
