import asyncio
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.store.embedded import EmbeddedStore
from orchestrator.store.memo import Reading, RememberedNames, RememberedOrders, RememberedPosts
from orchestrator.store.records import StoredPost
from tests.orchestrator.store.conformance import SCHEMA, post, unit, without_vectors

VIEW = "visual text"


def remember(memo: RememberedPosts, *posts: StoredPost) -> None:
    with memo.reading() as reading:
        memo.remember(VIEW, {stored.media_id: stored for stored in posts}, reading)


def test_what_was_remembered_is_found() -> None:
    memo = RememberedPosts(10)
    remember(memo, post("a"), post("b"))
    remembered = post("a")
    remember(memo, remembered)
    assert list(memo.find(VIEW, ["b", "c", "a"])) == ["b", "a"]
    assert memo.find(VIEW, ["a"])["a"] is remembered


def test_the_least_recently_asked_for_is_dropped_first() -> None:
    memo = RememberedPosts(2)
    remember(memo, post("a"), post("b"))
    memo.find(VIEW, ["a"])
    remember(memo, post("c"))
    assert set(memo.find(VIEW, ["a", "b", "c"])) == {"a", "c"}


def test_without_room_nothing_is_kept() -> None:
    memo = RememberedPosts(0)
    remember(memo, post("a"))
    assert (len(memo), memo.find(VIEW, ["a"])) == (0, {})


def test_a_write_drops_what_was_remembered_of_its_posts_alone() -> None:
    memo = RememberedPosts(10)
    remember(memo, post("a"), post("b"))
    with memo.changing(["a"]):
        assert set(memo.find(VIEW, ["a", "b"])) == {"b"}
    assert set(memo.find(VIEW, ["a", "b"])) == {"b"}


def test_a_write_that_fails_leaves_the_memory_open() -> None:
    memo = RememberedPosts(10)
    with pytest.raises(OSError, match="full"), memo.changing(["a"]):
        raise OSError("full")
    remember(memo, post("a"))
    assert set(memo.find(VIEW, ["a"])) == {"a"}


@given(st.permutations(["read begins", "read ends", "write begins", "write ends"]))
def test_a_read_that_a_write_overlaps_is_not_remembered(order: list[str]) -> None:
    """The store's own value changes somewhere within the write, and is read within the read."""
    memo = RememberedPosts(10)
    reading, changing = memo.reading(), memo.changing(["a"])
    began: list[Reading] = []

    def read_ends() -> None:
        memo.remember(VIEW, {"a": post("a"), "b": post("b")}, began[0])
        reading.__exit__(None, None, None)

    steps: dict[str, Callable[[], object]] = {
        "read begins": lambda: began.append(reading.__enter__()),
        "read ends": read_ends,
        "write begins": changing.__enter__,
        "write ends": lambda: changing.__exit__(None, None, None),
    }
    for side in ("read", "write"):
        if order.index(f"{side} begins") > order.index(f"{side} ends"):
            return
    for step in order:
        steps[step]()
    after_the_write = order.index("read begins") > order.index("write ends")
    assert set(memo.find(VIEW, ["a", "b"])) == ({"a", "b"} if after_the_write else {"b"})


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    opened = EmbeddedStore(tmp_path, SCHEMA, remembered_posts=15)
    yield opened
    await opened.close()


async def test_the_store_hands_out_the_same_post_until_it_is_written_or_deleted(
    store: EmbeddedStore,
) -> None:
    async def read() -> StoredPost:
        return (await store.get_posts(["m1"], with_vectors=True))["m1"]

    await store.put_posts([post(likes=1)])
    first = await read()
    assert await read() is first
    assert (await store.get_posts(["m1"]))["m1"] == without_vectors(first)
    await store.put_posts([post(likes=2)])
    assert (await read()).likes == 2
    await store.delete_post("m1")
    assert await store.get_posts(["m1"], with_vectors=True) == {}


async def test_posts_come_in_the_order_asked_for(store: EmbeddedStore) -> None:
    await store.put_posts([post(media_id) for media_id in "abcd"])
    await store.get_posts(["b"], with_vectors=True)
    read = await store.get_posts(["d", "b", "none", "a", "d"], with_vectors=True)
    assert list(read) == ["d", "b", "a"]


async def test_vectors_that_are_shared_can_not_be_written(store: EmbeddedStore) -> None:
    await store.put_posts([post()])
    for _ in range(2):
        read = (await store.get_posts(["m1"], with_vectors=True))["m1"]
        for vector in (read.visual, read.text):
            assert vector is not None
            with pytest.raises(ValueError, match="read-only"):
                vector[0] = 7.0


async def test_readers_beside_a_writer_never_see_less_than_was_answered(
    store: EmbeddedStore,
) -> None:
    """A post's likes count its writes; a vector that lags behind them would be a torn post."""
    rng = random.Random(5)
    media_ids = [f"m{number}" for number in range(20)]
    answered = dict.fromkeys(media_ids, 0)
    writing = True

    def version(media_id: str, likes: int) -> StoredPost:
        return post(media_id, likes=likes, visual=unit(1, likes, 0, 0))

    async def write() -> None:
        nonlocal writing
        for _ in range(120):
            chosen = rng.sample(media_ids, 3)
            await store.put_posts([version(key, answered[key] + 1) for key in chosen])
            for key in chosen:
                answered[key] += 1
        writing = False

    async def read() -> int:
        remembered = 0
        while writing:
            chosen = rng.sample(media_ids, 8)
            least = dict(answered)
            found = await store.get_posts(chosen, with_vectors=True)
            for key in chosen:
                likes, visual = found[key].likes, found[key].visual
                assert likes >= least[key]
                assert visual is not None
                assert np.allclose(visual, unit(1, likes, 0, 0), rtol=0, atol=1e-6)
            again = await store.get_posts(chosen, with_vectors=True)
            remembered += sum(again[key] is found[key] for key in chosen)
        return remembered

    await store.put_posts([version(key, 0) for key in media_ids])
    writer = asyncio.create_task(write())
    remembered = await asyncio.gather(*(read() for _ in range(4)))
    await writer
    assert sum(remembered) > 0
    last = await store.get_posts(media_ids, with_vectors=True)
    assert {key: stored.likes for key, stored in last.items()} == answered


async def test_an_orders_beginning_is_asked_once_until_a_post_is_written() -> None:
    orders, asked = RememberedOrders(), []

    async def ask(depth: int) -> list[str]:
        asked.append(depth)
        return [f"m{number}" for number in range(depth)]

    assert orders.find("likes", 3) is None
    assert await orders.look("likes", 3, ask) == ["m0", "m1", "m2"]
    assert orders.find("likes", 2) == ["m0", "m1"]
    assert orders.find("likes", 257) is None
    assert orders.find("comments", 1) is None
    assert len(await orders.look("likes", 257, ask)) == 257
    assert orders.find("likes", 300) == [f"m{number}" for number in range(300)]
    assert asked == [256, 512]
    with orders.changing():
        assert orders.find("likes", 1) is None
        await orders.look("likes", 1, ask)
    assert orders.find("likes", 1) is None


async def test_an_order_that_was_read_before_a_write_is_not_kept() -> None:
    orders = RememberedOrders()

    async def ask_amid_a_write(depth: int) -> list[str]:
        with orders.changing():
            return ["old"]

    assert await orders.look("likes", 1, ask_amid_a_write) == ["old"]
    assert orders.find("likes", 1) is None


async def test_what_callers_are_given_is_theirs() -> None:
    orders = RememberedOrders()

    async def ask(depth: int) -> list[str]:
        return ["a", "b"]

    (await orders.look("likes", 2, ask)).clear()
    found = orders.find("likes", 2)
    assert found == ["a", "b"]
    found.clear()
    assert orders.find("likes", 2) == ["a", "b"]


class Names:
    """Names points as asked; `asked` are the questions."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    async def __call__(self, ids: list[str]) -> dict[str, str]:
        self.asked.append(ids)
        return {each: f"media-{each}" for each in ids if each != "gone"}


async def test_a_name_is_asked_for_once() -> None:
    names, ask = RememberedNames(10), Names()
    assert await names.of(["a", "b"], ask) == {"a": "media-a", "b": "media-b"}
    found = await names.of(["b", "c"], ask)
    assert {each: found[each] for each in ("b", "c")} == {"b": "media-b", "c": "media-c"}
    assert ask.asked == [["a", "b"], ["c"]]


async def test_a_point_that_is_gone_has_no_name() -> None:
    assert await RememberedNames(10).of(["gone", "a"], Names()) == {"a": "media-a"}


@pytest.mark.parametrize("capacity", [0, 2])
async def test_more_names_than_are_remembered(capacity: int) -> None:
    names, ask = RememberedNames(capacity), Names()
    ids = ["a", "b", "c", "d"]
    for _ in range(2):
        assert await names.of(ids, ask) == {each: f"media-{each}" for each in ids}
    assert ask.asked == [ids, ids[: 4 - capacity]]
