"""What is kept of the posts near an interest, asked of a source that remembers how deep."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from orchestrator.background import Background
from orchestrator.feed.neighbours import Neighbours, first_unknown
from tests.orchestrator.feed.watched_store import WatchedStore
from tests.orchestrator.store.conformance import SCHEMA, post, unit
from tests.support.feeds import Clock

pytestmark = pytest.mark.asyncio(loop_scope="module")

TTL_S = 60.0
EAST = unit(1, 0, 0)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WatchedStore]:
    """Forty posts, each a little farther from the east."""
    store = WatchedStore(tmp_path_factory.mktemp("store"), SCHEMA)
    await store.put_posts([post(f"m{n:02}", text=unit(1, n / 40, 0)) for n in range(40)])
    yield store
    await store.close()


@pytest.fixture
def store(opened: WatchedStore) -> WatchedStore:
    opened.watch()
    return opened


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest_asyncio.fixture(loop_scope="module")
async def background() -> AsyncIterator[Background]:
    running = Background()
    yield running
    await running.close()


@pytest.fixture
def neighbours(store: WatchedStore, clock: Clock, background: Background) -> Neighbours:
    return Neighbours(store, clock, TTL_S, background)


def named(*numbers: int) -> list[str]:
    return [f"m{number:02}" for number in numbers]


class Source:
    """`length` posts; `asked` has the limits of each ask."""

    def __init__(self, length: int) -> None:
        self.posts = [f"p{number}" for number in range(length)]
        self.asked: list[int] = []

    async def ask(self, limit: int) -> list[str]:
        self.asked.append(limit)
        return self.posts[:limit]


@pytest.mark.parametrize(
    ("length", "wanted", "known", "asked", "found", "is_all"),
    [
        (100, 10, 0, [10], 10, False),
        (100, 10, 4, [14], 14, False),
        (100, 10, 10, [20], 20, False),
        # Of 20 posts 20 are known: four times as deep, and then to the end.
        (500, 10, 60, [20, 80], 80, False),
        (500, 10, 75, [20, 80, 320], 320, False),
        (50, 10, 45, [20, 80], 50, True),
        (5, 10, 0, [10], 5, True),
        (0, 10, 0, [10], 0, True),
        (9000, 100, 8000, [200, 800, 3200, 4000], 4000, True),
    ],
)
async def test_a_source_is_asked_as_deep_as_need_be(
    length: int, wanted: int, known: int, asked: list[int], found: int, is_all: bool
) -> None:
    source = Source(length)
    seen = frozenset(source.posts[:known])
    answer = await first_unknown(source.ask, wanted=wanted, known=seen)
    assert source.asked == asked
    assert answer == (source.posts[:found], is_all)


async def test_neighbours_come_by_falling_cosine_and_are_kept(
    neighbours: Neighbours, store: WatchedStore, clock: Clock
) -> None:
    for _ in range(3):
        found = await neighbours.near("text", 0, EAST, wanted=4, known=frozenset())
        assert found == named(0, 1, 2, 3)
        clock.pass_by(seconds=30)
    # The third was asked after 60 s.
    assert store.limits == [4]


async def test_what_is_old_is_answered_once_more_and_looked_for_meanwhile(
    neighbours: Neighbours, store: WatchedStore, clock: Clock
) -> None:
    await neighbours.near("text", 0, EAST, wanted=2, known=frozenset())
    await store.put_posts([post("nearest", text=EAST)])
    clock.pass_by(seconds=TTL_S + 1)
    for _ in range(3):
        found = await neighbours.near("text", 0, EAST, wanted=2, known=frozenset())
        assert found == named(0, 1)
    for _ in range(200):
        await asyncio.sleep(0.01)
        if len(store.limits) == 2:
            break
    assert store.limits == [2, 2]
    found = await neighbours.near("text", 0, EAST, wanted=2, known=frozenset())
    assert "nearest" in found
    await store.delete_post("nearest")


async def test_interests_are_kept_apart(neighbours: Neighbours, store: WatchedStore) -> None:
    await neighbours.near("text", 0, EAST, wanted=2, known=frozenset())
    far = await neighbours.near("text", 1, unit(0, 1, 0), wanted=2, known=frozenset())
    looks = await neighbours.near("visual", 0, unit(1, 0, 0, 0), wanted=2, known=frozenset())
    assert (far, len(looks), store.limits) == (named(39, 38), 2, [2, 2, 2])


async def test_what_is_known_by_now_is_replaced_in_the_background_or_at_once(
    neighbours: Neighbours, store: WatchedStore
) -> None:
    first = named(*range(8))
    assert await neighbours.near("text", 0, EAST, wanted=8, known=frozenset()) == first
    half = frozenset(named(0, 1, 2, 3))
    assert await neighbours.near("text", 0, EAST, wanted=8, known=half) == first
    assert store.limits == [8]
    # A quarter is left: once more the same, and looked for deeper meanwhile.
    most = frozenset(named(0, 1, 2, 3, 4, 5))
    assert await neighbours.near("text", 0, EAST, wanted=8, known=most) == first
    for _ in range(200):
        await asyncio.sleep(0.01)
        if len(store.limits) == 2:
            break
    await asyncio.sleep(0.05)
    assert store.limits == [8, 14]
    # Hardly any is left: looked for at once.
    all_but_one = frozenset(named(*range(13)))
    deeper = await neighbours.near("text", 0, EAST, wanted=8, known=all_but_one)
    assert deeper == named(*range(16)) + deeper[16:]
    assert len(store.limits) > 2


async def test_the_one_that_is_wanted_must_be_new(
    neighbours: Neighbours, store: WatchedStore
) -> None:
    assert await neighbours.near("text", 0, EAST, wanted=1, known=frozenset()) == named(0)
    found = await neighbours.near("text", 0, EAST, wanted=1, known=frozenset(named(0)))
    assert found == named(0, 1)


async def test_a_source_without_more_is_not_asked_again(
    neighbours: Neighbours, store: WatchedStore
) -> None:
    known = frozenset(named(*range(40)))
    for _ in range(2):
        found = await neighbours.near("text", 0, EAST, wanted=30, known=known)
        assert len(found) == 40
    assert store.limits == [60]
