"""What is remembered of one kind of answers, over caches that work, fail, or hold other things."""

from collections.abc import Mapping, Sequence

import pytest

from orchestrator.caching.cache import CacheUnavailable
from orchestrator.caching.counts import Counts
from orchestrator.caching.envelope import seal
from orchestrator.caching.process_cache import ProcessCache
from orchestrator.errors import InferenceUnavailable
from orchestrator.extraction.cache import Kind, Memo
from orchestrator.extraction.codecs import hash_bytes, hash_from

KIND = Kind("perceptual_hash", 60.0, hash_bytes, hash_from)
KEY = "feedlens:1:perceptual_hash:dct:m1"


class Away:
    """A cache that can't be reached."""

    backend = "redis"
    is_shared = True

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        raise CacheUnavailable("away")

    async def put(self, key: str, value: bytes, *, ttl_s: float) -> None:
        raise CacheUnavailable("away")

    async def exchange(self, values: Mapping[str, bytes], *, ttl_s: float) -> list[bytes | None]:
        raise CacheUnavailable("away")

    async def get_or_put(self, values: Mapping[str, bytes], *, ttl_s: float) -> list[bytes]:
        raise CacheUnavailable("away")

    async def close(self) -> None: ...


class Model:
    """Counts how often it is asked."""

    def __init__(self, answer: str | None) -> None:
        self.answer = answer
        self.asked = 0

    async def __call__(self) -> str | None:
        self.asked += 1
        return self.answer


@pytest.mark.parametrize("answer", ["8e23d426c181fb7e", None])
async def test_an_answer_is_asked_for_once_even_if_it_is_none(answer: str | None) -> None:
    memo, model = Memo(ProcessCache(9), KIND), Model(answer)
    assert [await memo.get("dct", "m1", model) for _ in range(3)] == [answer] * 3
    assert (model.asked, memo.counts) == (1, Counts(hits=2, misses=1))


async def test_another_model_or_content_is_another_question() -> None:
    memo, model = Memo(ProcessCache(9), KIND), Model("a")
    for maker, content in [("dct", "m1"), ("dct", "m2"), ("other", "m1")]:
        await memo.get(maker, content, model)
    assert model.asked == 3


@pytest.mark.parametrize("value", [b"", b"8e23d426c181fb7e", seal(b"8e23")[:-1], seal(b"\xff")])
async def test_bytes_of_others_under_the_key_are_a_miss_and_replaced(value: bytes) -> None:
    cache, model = ProcessCache(9), Model("a")
    await cache.put(KEY, value, ttl_s=60)
    memo = Memo(cache, KIND)
    assert await memo.get("dct", "m1", model) == "a"
    assert await memo.get("dct", "m1", model) == "a"
    assert (model.asked, memo.counts) == (1, Counts(hits=1, misses=1))


async def test_a_failure_is_not_kept() -> None:
    memo, model = Memo(ProcessCache(9), KIND), Model("a")
    with pytest.raises(InferenceUnavailable):
        await memo.get("dct", "m1", _fail)
    assert await memo.get("dct", "m1", model) == "a"


async def test_a_cache_that_is_away_is_a_miss_and_counted() -> None:
    memo, model = Memo(Away(), KIND), Model("a")
    assert [await memo.get("dct", "m1", model) for _ in range(2)] == ["a", "a"]
    # Neither read nor written, twice.
    assert (model.asked, memo.counts) == (2, Counts(misses=2, errors=4))


async def test_of_several_contents_those_that_are_not_known_are_asked_for_at_once() -> None:
    memo, asked = Memo(ProcessCache(9), KIND), []

    async def ask(missing: Sequence[int]) -> list[str | None]:
        asked.append(list(missing))
        return [f"answer {position}" for position in missing]

    await memo.get("dct", "b", Model("known"))
    answers = await memo.get_many("dct", ["a", "b", "c"], ask)
    assert answers == ["answer 0", "known", "answer 2"]
    assert await memo.get_many("dct", ["c", "a"], ask) == ["answer 2", "answer 0"]
    assert await memo.get_many("dct", [], ask) == []
    assert asked == [[0, 2]]
    assert memo.counts == Counts(hits=3, misses=3)


async def test_of_several_contents_all_are_asked_for_where_the_cache_is_away() -> None:
    memo = Memo(Away(), KIND)

    async def ask(missing: Sequence[int]) -> list[str | None]:
        return [str(position) for position in missing]

    assert await memo.get_many("dct", ["a", "b"], ask) == ["0", "1"]
    # Read once, written twice.
    assert memo.counts == Counts(misses=2, errors=3)


async def _fail() -> str | None:
    raise InferenceUnavailable("away", model="clip_preprocess")
