import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.errors import InvalidRequest
from orchestrator.search.query import Query
from orchestrator.search.search import Hit, Search
from orchestrator.store.embedded.backend import EmbeddedStore
from orchestrator.store.protocol import EVERYTHING
from orchestrator.store.records import MODALITIES, PostFilter, StoredPost, Vector
from ranking.hybrid import HybridWeights
from tests.orchestrator.store.conformance import SCHEMA, post, unit

EQUAL = HybridWeights()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    opened = EmbeddedStore(tmp_path, SCHEMA)
    yield opened
    await opened.close()


def ids(hits: Sequence[Hit]) -> list[str]:
    return [hit.post.media_id for hit in hits]


async def test_one_side_finds_posts_that_have_it(store: EmbeddedStore) -> None:
    await store.put_posts(
        [
            post("near", text=unit(4, 3, 0)),
            post("far", text=unit(0, 1, 0)),
            post("mute", text=None, has_text_embedding=False),
        ]
    )
    hits = await Search(store).nearest(Query(text=unit(1, 0, 0)), "text", limit=5, where=EVERYTHING)
    assert ids(hits) == ["near", "far"]
    assert [hit.score for hit in hits] == pytest.approx([0.8, 0.0], abs=1e-6)
    assert [hit.contributions.keys() for hit in hits] == [{"text"}, {"text"}]


async def test_equal_posts_are_ordered_by_media_id(store: EmbeddedStore) -> None:
    names = [f"m{number:02}" for number in range(20)]
    await store.put_posts([post(name) for name in reversed(names)])
    query = Query(unit(1, 0, 0, 0), unit(1, 0, 0))
    for modality in MODALITIES:
        hits = await Search(store).nearest(query, modality, limit=30, where=EVERYTHING)
        assert ids(hits) == names


@pytest.mark.parametrize("without", [(), ("b",)])
async def test_the_post_that_a_query_is_of_is_not_found(
    store: EmbeddedStore, without: tuple[str, ...]
) -> None:
    await store.put_posts([post(media_id) for media_id in "abc"])
    query = Query(unit(1, 0, 0, 0), unit(1, 0, 0), media_id="a")
    where = PostFilter(without=without)
    others = sorted({"b", "c"} - set(without))
    search = Search(store)
    assert sorted(ids(await search.nearest(query, "visual", limit=3, where=where))) == others
    assert ids(await search.hybrid(query, EQUAL, limit=3, where=where)) == others


async def test_a_query_without_the_side_that_is_asked_for(store: EmbeddedStore) -> None:
    query = Query(visual=unit(1, 0, 0, 0), media_id="m1")
    with pytest.raises(InvalidRequest, match="'m1' has no text vector"):
        await Search(store).nearest(query, "text", limit=3, where=EVERYTHING)


async def test_a_hybrid_score_is_the_weighted_sum_and_what_is_missing_adds_nothing(
    store: EmbeddedStore,
) -> None:
    await store.put_posts(
        [
            post("both", visual=unit(3, 4, 0, 0), text=unit(4, 3, 0)),
            post("picture", visual=unit(1, 0, 0, 0), text=None, has_text_embedding=False),
            post("words", visual=None, text=unit(1, 0, 0)),
            post("unlike", visual=unit(-1, 0, 0, 0), text=unit(-1, 0, 0)),
        ]
    )
    query = Query(unit(1, 0, 0, 0), unit(1, 0, 0))
    hits = await Search(store).hybrid(query, HybridWeights(3, 1), limit=9, where=EVERYTHING)
    assert ids(hits) == ["picture", "both", "words", "unlike"]
    assert [hit.contributions["visual"] for hit in hits] == pytest.approx([0.75, 0.45, 0.0, -0.75])
    assert [hit.contributions["text"] for hit in hits] == pytest.approx([0.0, 0.2, 0.25, -0.25])
    assert [hit.score for hit in hits] == pytest.approx([0.75, 0.65, 0.25, -1.0])


async def test_of_a_query_with_one_side_only_that_weight_counts(store: EmbeddedStore) -> None:
    await store.put_posts([post("a", text=unit(3, 4, 0)), post("b", visual=None)])
    query = Query(text=unit(1, 0, 0))
    hits = await Search(store).hybrid(query, HybridWeights(9, 1), limit=9, where=EVERYTHING)
    assert ids(hits) == ["b", "a"]
    assert [hit.contributions for hit in hits] == [
        {"text": pytest.approx(1.0)},
        {"text": pytest.approx(0.6)},
    ]


async def test_no_side_that_counts(store: EmbeddedStore) -> None:
    with pytest.raises(InvalidRequest, match="no side of the query"):
        await Search(store).hybrid(
            Query(unit(1, 0, 0, 0)), HybridWeights(0, 1), limit=1, where=EVERYTHING
        )


async def test_filters_hold_on_both_sides(store: EmbeddedStore) -> None:
    await store.put_posts([post("a"), post("b", author_id="bob"), post("c", author_id="cid")])
    query = Query(unit(1, 0, 0, 0), unit(1, 0, 0))
    where = PostFilter(author_ids=("bob", "cid"))
    assert ids(await Search(store).hybrid(query, EQUAL, limit=9, where=where)) == ["b", "c"]


# Few directions, so that many posts are the same, opposite, or without a side.
_COMPONENT = st.integers(-1, 1)


def _sides(dimension: int) -> st.SearchStrategy[Vector]:
    vectors = st.lists(_COMPONENT, min_size=dimension, max_size=dimension)
    return vectors.filter(any).map(lambda components: unit(*components))


_POSTS = st.lists(
    st.tuples(st.none() | _sides(4), st.none() | _sides(3)).filter(
        lambda sides: any(side is not None for side in sides)
    ),
    max_size=40,
)


@settings(max_examples=20)
@given(
    sides=_POSTS,
    visual=_sides(4),
    text=_sides(3),
    weights=st.sampled_from([(1, 1), (3, 1), (1, 9), (0, 1)]),
    limit=st.integers(1, 12),
)
def test_a_hybrid_search_is_exact_however_shallow_its_first_look(
    sides: list[tuple[Vector | None, Vector | None]],
    visual: Vector,
    text: Vector,
    weights: tuple[int, int],
    limit: int,
) -> None:
    posts = [
        post(f"m{number:02}", visual=one, text=other, has_text_embedding=other is not None)
        for number, (one, other) in enumerate(sides)
    ]
    query = Query(visual, text, media_id="m00")
    found, stored = asyncio.run(_search(posts, query, HybridWeights(*weights), limit))
    expected = _brute_force(stored, query, weights)[:limit]
    assert [(hit.post.media_id, hit.score) for hit in found] == expected


async def _search(
    posts: list[StoredPost], query: Query, weights: HybridWeights, limit: int
) -> tuple[list[Hit], list[StoredPost]]:
    with tempfile.TemporaryDirectory() as folder:
        store = EmbeddedStore(Path(folder), SCHEMA)
        try:
            await store.put_posts(posts)
            search = Search(store, first_depth=1, depth_per_result=0)
            hits = await search.hybrid(query, weights, limit=limit, where=EVERYTHING)
            stored, _ = await store.scan_posts(None, limit=100, with_vectors=True)
            return hits, stored
        finally:
            await store.close()


def _brute_force(
    posts: list[StoredPost], query: Query, weights: tuple[int, int]
) -> list[tuple[str, float]]:
    visual_share, text_share = (weight / sum(weights) for weight in weights)
    scored = [
        (
            each.media_id,
            visual_share * _cosine(query.visual, each.visual)
            + text_share * _cosine(query.text, each.text),
        )
        for each in posts
        if each.media_id != query.media_id
        and ((visual_share and each.visual is not None) or each.text is not None)
    ]
    return sorted(scored, key=lambda item: (-item[1], item[0]))


def _cosine(one: Vector | None, other: Vector | None) -> float:
    return 0.0 if one is None or other is None else float(one.dot(other))


async def test_a_look_that_was_too_shallow_is_followed_by_deeper_ones(
    store: EmbeddedStore,
) -> None:
    crowd = [post(f"crowd-{number:03}", text=unit(-1, 0, 0)) for number in range(100)]
    others = [post(f"other-{number:03}", visual=unit(-1, 0, 0, 0)) for number in range(100)]
    best = post("best", visual=unit(4, 3, 0, 0), text=unit(4, 3, 0))
    await store.put_posts([*crowd, *others, best])
    search = replace(Search(store), first_depth=2, depth_per_result=0)
    query = Query(unit(1, 0, 0, 0), unit(1, 0, 0))
    assert ids(await search.hybrid(query, EQUAL, limit=1, where=EVERYTHING)) == ["best"]
