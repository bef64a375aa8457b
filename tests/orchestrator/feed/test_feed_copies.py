"""The same content once in a viewer's feed, on the real store."""

from dataclasses import replace
from pathlib import Path

from tests.support.feeds import ids, open_feed
from tests.support.feeds import single_post as post


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
