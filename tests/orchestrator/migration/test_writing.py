import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.errors import InvalidRequest
from orchestrator.migration.writing import Writer
from orchestrator.store.embedded.backend import EmbeddedStore
from orchestrator.store.records import StoredPost
from tests.orchestrator.store.conformance import SCHEMA, post, unit


class Counting(EmbeddedStore):
    """Notes what is written at once."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, SCHEMA)
        self.batches: list[list[str]] = []

    async def put_posts(self, posts: Sequence[StoredPost], *, only_new: bool = False) -> int:
        self.batches.append([each.media_id for each in posts])
        return await super().put_posts(posts, only_new=only_new)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Counting]:
    opened = Counting(tmp_path)
    yield opened
    await opened.close()


async def test_what_comes_during_a_write_is_written_together(store: Counting) -> None:
    writer = Writer(store)
    first = asyncio.ensure_future(writer.put_new(post("first")))
    while not store.batches:  # noqa: ASYNC110
        await asyncio.sleep(0)
    others = [writer.put_new(post(f"m{number}")) for number in range(70)]
    assert await asyncio.gather(first, *others) == [True] * 71
    assert [len(batch) for batch in store.batches] == [1, 64, 6]
    assert await store.count_posts() == 71


async def test_each_is_told_whether_its_own_is_new(store: Counting) -> None:
    await store.put_posts([post("m1", author_id="bob"), post("m3", author_id="bob")])
    writer = Writer(store)
    answers = await asyncio.gather(*(writer.put_new(post(f"m{number}")) for number in range(5)))
    assert answers == [True, False, True, False, True]
    authors = {key: each.author_id for key, each in (await store.get_posts(["m1", "m2"])).items()}
    assert authors == {"m1": "bob", "m2": "ann"}


async def test_of_two_with_one_media_id_the_first_is_new(store: Counting) -> None:
    writer = Writer(store)
    ours, theirs = post("m1"), post("m1", author_id="bob")
    answers = await asyncio.gather(*map(writer.put_new, (ours, theirs)))
    assert answers == [True, False]
    assert (await store.get_posts(["m1"]))["m1"].author_id == "ann"


async def test_one_that_is_refused_does_not_fail_the_others(store: Counting) -> None:
    writer = Writer(store)
    bad = replace(post("bad"), visual=unit(1, 0))
    answers = await asyncio.gather(
        *map(writer.put_new, (post("m1"), bad, post("m2"))), return_exceptions=True
    )
    assert (answers[0], answers[2]) == (True, True)
    assert isinstance(answers[1], InvalidRequest)
    assert sorted(await store.get_posts(["m1", "m2", "bad"])) == ["m1", "m2"]


async def test_closing_waits_for_a_write_that_nobody_waits_for(store: Counting) -> None:
    writer = Writer(store)
    left = asyncio.ensure_future(writer.put_new(post("m1")))
    while not store.batches:  # noqa: ASYNC110
        await asyncio.sleep(0)
    left.cancel()
    await writer.close()
    assert await store.count_posts() == 1


class Defective(EmbeddedStore):
    """Its writes end in an error that is none of the service's own."""

    async def put_posts(self, posts: Sequence[StoredPost], *, only_new: bool = False) -> int:
        raise RuntimeError(f"a defect, with {len(posts)} posts")


async def test_a_defect_is_told_to_all_that_wait(tmp_path: Path) -> None:
    store = Defective(tmp_path, SCHEMA)
    writer = Writer(store)
    answers = await asyncio.wait_for(
        asyncio.gather(
            *(writer.put_new(post(f"m{number}")) for number in range(3)), return_exceptions=True
        ),
        timeout=10,
    )
    assert [str(answer) for answer in answers] == ["a defect, with 1 posts"] * 3
    await writer.close()
    await store.close()
