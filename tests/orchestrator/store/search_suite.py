"""What every `Store` must find."""

from datetime import timedelta

import pytest

from orchestrator.store.protocol import Store
from orchestrator.store.records import Bounds, PostFilter
from tests.orchestrator.store.conformance import NOW, post, unit

DAY = timedelta(days=1)
POSTS = [
    post("a", likes=3, comments=1, alignment_score=0.7),
    post("b", author_id="bob", content_type="aesthetic", likes=10, comments=0),
    post(
        "old",
        media_type="video",
        created_at=NOW - 2 * DAY,
        likes=0,
        comments=5,
        alignment_score=0.0,
    ),
    post("words", media_type="text", alignment_score=None, likes=4, comments=2),
]


class SearchSuite:
    """Inherited by the tests of an engine, which yield `store`."""

    async def test_nearest_by_cosine_among_posts_that_have_the_modality(self, store: Store) -> None:
        await store.put_posts([post("far", text=unit(0, 1, 0))])
        await store.put_posts([post("near", text=unit(3, 4, 0))])
        await store.put_posts([post("picture", text=None, has_text_embedding=False)])
        found = await store.nearest("text", unit(0, 1, 0), limit=5)
        assert [neighbour.media_id for neighbour in found] == ["far", "near"]
        assert [neighbour.cosine for neighbour in found] == pytest.approx([1.0, 0.8], abs=1e-6)

    async def test_top_by_date_and_by_counters(self, store: Store) -> None:
        for day, (likes, comments) in enumerate([(5, 0), (1, 9), (7, 3)]):
            created_at = NOW + timedelta(days=day)
            stored = post(f"d{day}", created_at=created_at, likes=likes, comments=comments)
            await store.put_posts([stored])
        assert await store.top("created_at", limit=2) == ["d2", "d1"]
        assert await store.top("likes", limit=3) == ["d2", "d0", "d1"]
        assert await store.top("comments", limit=1) == ["d1"]

    async def test_both_modalities_are_searched_apart(self, store: Store) -> None:
        await store.put_posts([post("a", visual=unit(1, 0, 0, 0), text=unit(0, 1, 0))])
        await store.put_posts([post("b", visual=unit(0, 1, 0, 0), text=unit(1, 0, 0))])
        by_visual = await store.nearest("visual", unit(1, 0, 0, 0), limit=2)
        by_text = await store.nearest("text", unit(1, 0, 0), limit=2)
        assert [neighbour.media_id for neighbour in by_visual] == ["a", "b"]
        assert [neighbour.media_id for neighbour in by_text] == ["b", "a"]
        assert [neighbour.cosine for neighbour in by_text] == pytest.approx([1.0, 0.0], abs=1e-6)

    async def test_a_search_gives_no_more_than_was_asked_for(self, store: Store) -> None:
        await store.put_posts([post(f"m{i}", visual=unit(10, i, 0, 0)) for i in range(10)])
        found = await store.nearest("visual", unit(1, 0, 0, 0), limit=3)
        assert [neighbour.media_id for neighbour in found] == ["m0", "m1", "m2"]

    @pytest.mark.parametrize(
        ("where", "expected"),
        [
            (PostFilter(), {"a", "b", "old", "words"}),
            (PostFilter(author_ids=("bob",)), {"b"}),
            (PostFilter(author_ids=("ann", "bob")), {"a", "b", "old", "words"}),
            (PostFilter(author_ids=("nobody",)), set()),
            (PostFilter(content_types=("aesthetic",)), {"b"}),
            (PostFilter(media_types=("text",)), {"words"}),
            (PostFilter(media_types=("video",)), {"old"}),
            (PostFilter(media_types=("text", "image")), {"a", "b", "words"}),
            (PostFilter(created_after=NOW - DAY), {"a", "b", "words"}),
            (PostFilter(created_after=NOW), set()),
            (PostFilter(created_before=NOW), {"old"}),
            (PostFilter(created_after=NOW - 3 * DAY, created_before=NOW - DAY), {"old"}),
            (PostFilter(likes=Bounds(at_least=4)), {"b", "words"}),
            (PostFilter(likes=Bounds(at_most=3)), {"a", "old"}),
            (PostFilter(likes=Bounds(3, 4)), {"a", "words"}),
            (PostFilter(comments=Bounds(at_least=1, at_most=2)), {"a", "words"}),
            (PostFilter(alignment=Bounds(at_least=0.7)), {"a", "b"}),
            (PostFilter(alignment=Bounds(at_most=0.69)), {"old"}),
            (PostFilter(alignment=Bounds(at_least=0.0)), {"a", "b", "old"}),
            (PostFilter(without=("a", "unknown")), {"b", "old", "words"}),
            (PostFilter(author_ids=("ann",), without=("a",)), {"old", "words"}),
            (PostFilter(author_ids=("bob",), content_types=("meme",)), set()),
            (PostFilter(likes=Bounds(at_least=4), media_types=("image",)), {"b"}),
        ],
    )
    async def test_filters(self, store: Store, where: PostFilter, expected: set[str]) -> None:
        await store.put_posts(POSTS)
        found = await store.nearest("text", unit(1, 0, 0), limit=9, where=where)
        assert {neighbour.media_id for neighbour in found} == expected
        assert await store.count_posts(where) == len(expected)

    async def test_an_order_heeds_every_write(self, store: Store) -> None:
        assert await store.top("likes", limit=3) == []
        await store.put_posts([post("a", likes=1), post("b", likes=2)])
        assert await store.top("likes", limit=3) == ["b", "a"]
        await store.change_post("a", {"likes": 5})
        assert await store.top("likes", limit=3) == ["a", "b"]
        await store.put_posts([post("b", likes=9)])
        assert await store.top("likes", limit=3) == ["b", "a"]
        await store.delete_post("b")
        assert await store.top("likes", limit=3) == ["a"]
