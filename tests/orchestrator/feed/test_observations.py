from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from orchestrator.feed.observations import MIN_LIKED, observe
from orchestrator.store.embedded.backend import EmbeddedStore
from tests.orchestrator.store.conformance import SCHEMA, event, post, unit

POSTS = 60


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    """Posts that all differ, every third without text."""
    opened = EmbeddedStore(tmp_path, SCHEMA)
    await opened.put_posts(
        [
            post(
                f"m{number:02}",
                visual=unit(1, number / POSTS, 0, 0),
                text=unit(1, number / POSTS, 0) if number % 3 else None,
            )
            for number in range(POSTS)
        ]
    )
    yield opened
    await opened.close()


async def like(store: EmbeddedStore, viewers: int, posts: int, kind: str = "like") -> None:
    await store.add_events(
        [
            event(f"{kind}:{viewer}:{n}", user_id=f"u{viewer}", media_id=f"m{n:02}", kind=kind)
            for viewer in range(viewers)
            for n in range(posts)
        ]
    )


async def test_vectors_are_of_posts_drawn_at_random(store: EmbeddedStore) -> None:
    everything = await observe(store, count=1000, seed=0)
    assert everything["visual"].vectors.shape == (60, 4)
    assert everything["text"].vectors.shape == (40, 3)
    some = await observe(store, count=10, seed=0)
    assert some["visual"].vectors.shape == (10, 4)
    again = await observe(store, count=10, seed=0)
    np.testing.assert_array_equal(some["visual"].vectors, again["visual"].vectors)


async def test_histories_are_of_what_one_viewer_liked(store: EmbeddedStore) -> None:
    await like(store, viewers=20, posts=15)
    await like(store, viewers=20, posts=15, kind="share")  # the same posts again
    await like(store, viewers=30, posts=40, kind="view")
    await like(store, viewers=30, posts=1, kind="save")  # ten viewers liked one post alone
    found = await observe(store, count=2000, seed=0)
    visual = found["visual"]
    assert (visual.viewers, visual.liked) == (20, 300)
    assert sorted(map(len, visual.histories)) == [7] * 20 + [8] * 20
    # ten of the fifteen have a text
    assert (found["text"].viewers, found["text"].liked) == (20, 200)
    assert sorted(map(len, found["text"].histories)) == [5] * 40


async def test_a_few_likes_make_no_histories(store: EmbeddedStore) -> None:
    await like(store, viewers=13, posts=15)
    assert MIN_LIKED > 13 * 15
    visual = (await observe(store, count=2000, seed=0))["visual"]
    assert (visual.histories, visual.viewers, visual.liked) == ((), 0, 0)


async def test_deleted_posts_are_left_out(store: EmbeddedStore) -> None:
    await like(store, viewers=20, posts=15)
    await store.delete_post("m00")
    visual = (await observe(store, count=2000, seed=0))["visual"]
    assert (len(visual.vectors), visual.liked) == (59, 280)


async def test_an_empty_store(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "empty", SCHEMA)
    found = await observe(store, count=10, seed=0)
    assert [len(found[modality].vectors) for modality in ("visual", "text")] == [0, 0]
    await store.close()
