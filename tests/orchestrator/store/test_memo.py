from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.store.memo import Reading, RememberedNames, RememberedOrders, RememberedPosts
from orchestrator.store.records import StoredPost
from tests.orchestrator.store.conformance import post

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


def test_writes_that_overlap_each_hold_what_they_write() -> None:
    memo = RememberedPosts(10)
    first, second = memo.changing(["a", "b"]), memo.changing(["b", "c"])
    first.__enter__()
    second.__enter__()
    remember(memo, post("a"), post("b"), post("c"), post("d"))
    assert set(memo.find(VIEW, ["a", "b", "c", "d"])) == {"d"}
    first.__exit__(None, None, None)
    remember(memo, post("a"), post("b"), post("c"))
    assert set(memo.find(VIEW, ["a", "b", "c"])) == {"a"}
    second.__exit__(None, None, None)
    remember(memo, post("b"), post("c"))
    assert set(memo.find(VIEW, ["a", "b", "c"])) == {"a", "b", "c"}


def test_views_remember_apart_and_forget_together() -> None:
    memo = RememberedPosts(10)
    with memo.reading() as reading:
        memo.remember("old", {"a": post("a", likes=1), "b": post("b")}, reading)
        memo.remember("new", {"a": post("a", likes=2)}, reading)
    assert (memo.find("old", ["a"])["a"].likes, memo.find("new", ["a"])["a"].likes) == (1, 2)
    with memo.changing(["a"]):
        pass
    assert (set(memo.find("old", ["a", "b"])), memo.find("new", ["a"])) == ({"b"}, {})


def test_of_all_views_the_least_recently_asked_for_is_dropped_first() -> None:
    memo = RememberedPosts(2)
    with memo.reading() as reading:
        memo.remember("old", {"a": post("a")}, reading)
        memo.remember("new", {"a": post("a")}, reading)
        memo.find("old", ["a"])
        memo.remember("new", {"b": post("b")}, reading)
    assert (set(memo.find("old", ["a"])), set(memo.find("new", ["a", "b"]))) == ({"a"}, {"b"})


def test_a_view_that_is_dropped_is_forgotten_even_by_those_who_read_it() -> None:
    memo = RememberedPosts(10)
    with memo.reading() as reading:
        memo.remember("old", {"a": post("a")}, reading)
        memo.remember("new", {"a": post("a")}, reading)
        memo.forget("new")
        memo.remember("new", {"b": post("b")}, reading)
    assert (set(memo.find("old", ["a"])), memo.find("new", ["a", "b"])) == ({"a"}, {})


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
