"""Candidates of the real store's posts, for profiles made by hand."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from orchestrator.background import Background
from orchestrator.feed.candidates import SOURCES, find_candidates
from orchestrator.feed.known import Hidden, Known
from orchestrator.feed.neighbours import Neighbours
from orchestrator.feed.profile import Profile
from orchestrator.store.records import StoredPost
from ranking.types import Interest, Taste, Vector, Viewer
from tests.orchestrator.feed.watched_store import WatchedStore
from tests.orchestrator.store.conformance import NOW, SCHEMA, post, unit
from tests.support.feeds import Clock

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = Viewer(text=Taste((Interest(unit(1, 0, 0)),)))
POSTS = 60


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WatchedStore]:
    """Posts ever older, ever more liked, of four authors, and ever farther from the east."""
    store = WatchedStore(tmp_path_factory.mktemp("store"), SCHEMA)
    await store.put_posts(
        [
            post(
                f"m{number:02}",
                author_id=f"author-{number % 4}",
                likes=number,
                # 30 … 59, then 0 … 29
                comments=(number + 30) % POSTS,
                created_at=NOW - timedelta(hours=number),
                text=unit(1, number / POSTS, 0),
                visual=None,
            )
            for number in range(POSTS)
        ]
    )
    yield store
    await store.close()


@pytest.fixture
def store(opened: WatchedStore) -> WatchedStore:
    opened.watch()
    return opened


def profile(
    store: WatchedStore,
    viewer: Viewer | None = None,
    *,
    seen: list[str] | None = None,
    hidden: Hidden | None = None,
) -> Profile:
    return Profile(
        viewer=viewer or Viewer(),
        known=Known(dict.fromkeys(seen or []), hidden or Hidden()),
        events=0,
        built_at=NOW,
        neighbours=Neighbours(store, Clock(), 60.0, Background()),
        ttl_s=60.0,
    )


def named(*numbers: int) -> list[str]:
    return [f"m{number:02}" for number in numbers]


async def found(
    store: WatchedStore,
    of: Profile,
    *,
    per_source: int = 2,
    served: frozenset[str] = frozenset(),
) -> dict[str, set[str]]:
    candidates = await find_candidates(store, of, per_source=per_source, served=served)
    ids = [candidate.post.media_id for candidate in candidates]
    assert ids == sorted(set(ids))
    posts = [candidate.post for candidate in candidates]
    assert all(isinstance(post, StoredPost) and post.text is not None for post in posts)
    return {
        candidate.post.media_id: {
            name for bit, name in enumerate(SOURCES) if candidate.sources >> bit & 1
        }
        for candidate in candidates
    }


async def test_the_union_of_all_sources(store: WatchedStore) -> None:
    assert await found(store, profile(store, TEXT)) == {
        "m00": {"text", "new"},
        "m01": {"text", "new"},
        "m28": {"discussed"},
        "m29": {"discussed"},
        "m58": {"liked"},
        "m59": {"liked"},
    }


async def test_without_a_taste_there_is_what_is_new_and_popular(store: WatchedStore) -> None:
    assert await found(store, profile(store), per_source=1) == {
        "m00": {"new"},
        "m29": {"discussed"},
        "m59": {"liked"},
    }


async def test_what_was_seen_is_left_out_and_others_take_its_place(store: WatchedStore) -> None:
    seen = named(0, 1, 2, 59, 29)
    assert await found(store, profile(store, TEXT, seen=seen)) == {
        "m03": {"text", "new"},
        "m04": {"text", "new"},
        "m27": {"discussed"},
        "m28": {"discussed"},
        "m57": {"liked"},
        "m58": {"liked"},
    }


async def test_the_top_may_be_seen_as_deep_as_the_store_is(store: WatchedStore) -> None:
    seen = named(*range(1, 59))
    assert await found(store, profile(store, TEXT, seen=seen), per_source=1) == {
        "m00": {"text", "new", "discussed"},
        "m59": {"liked"},
    }
    # wanted + as many known, then four times as deep, and so on
    assert sorted(store.limits) == [2, 2, 2, 2, 8, 32]
    store.watch()
    everything = profile(store, TEXT, seen=named(*range(POSTS)))
    assert await found(store, everything) == {}


async def test_hidden_posts_and_authors_are_left_out(store: WatchedStore) -> None:
    hidden = Hidden({"m59"}, {"author-1", "author-0"})
    assert await found(store, profile(store, TEXT, hidden=hidden), per_source=4) == {
        "m02": {"text", "new"},
        "m03": {"text", "new"},
        "m26": {"discussed"},
        "m27": {"discussed"},
        "m55": {"liked"},
        "m58": {"liked"},
    }


async def test_as_many_that_were_served_stand_by(store: WatchedStore) -> None:
    served = frozenset(named(0, 1, 2, 3, 4))
    candidates = await found(store, profile(store, TEXT), served=served)
    assert {key for key, sources in candidates.items() if "new" in sources} == {
        "m05", "m06", "m00", "m01",
    }  # fmt: skip
    assert candidates["m00"] == candidates["m05"] == {"text", "new"}


async def test_what_was_served_and_seen_is_seen(store: WatchedStore) -> None:
    served = frozenset(named(0, 1))
    candidates = await found(store, profile(store, TEXT, seen=named(0)), served=served)
    assert "m00" not in candidates
    assert candidates["m01"] == {"text", "new"}


@pytest.mark.parametrize(
    ("weights", "per_source", "limits"),
    [
        ((1.0,), 50, [50]),
        # 1 / 1.25 and 0.25 / 1.25 of a hundred
        ((1.0, 0.25), 100, [80, 20]),
        # A faint interest has twenty posts of its own.
        ((1.0, 0.1), 100, [91, 20]),
        ((1.0, 1.0, 1.0, 1.0), 200, [50, 50, 50, 50]),
        # Nobody has more than a source may bring.
        ((1.0, 0.1), 10, [10, 10]),
    ],
)
async def test_each_interest_has_its_share(
    store: WatchedStore, weights: tuple[float, ...], per_source: int, limits: list[int]
) -> None:
    interests = tuple(Interest(unit(1, n, 0), weight) for n, weight in enumerate(weights))
    viewer = Viewer(text=Taste(interests))
    await found(store, profile(store, viewer), per_source=per_source)
    assert sorted(store.limits) == sorted([*limits, per_source, per_source, per_source])


async def test_each_interest_brings_its_own(store: WatchedStore) -> None:
    far: Vector = unit(1, 2, 0)
    viewer = Viewer(text=Taste((Interest(unit(1, 0, 0)), Interest(far, 0.5))))
    candidates = await found(store, profile(store, viewer), per_source=3)
    near = {key for key, sources in candidates.items() if "text" in sources}
    assert near == {"m00", "m01", "m02", "m57", "m58", "m59"}


async def test_what_is_avoided_brings_nothing(store: WatchedStore) -> None:
    viewer = Viewer(text=Taste(avoided=(Interest(unit(1, 2, 0), 1.0, "m59"),)))
    candidates = await found(store, profile(store, viewer), per_source=1)
    assert not any("text" in sources for sources in candidates.values())
