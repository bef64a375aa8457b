"""What every cache must do; Redis is a real one."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from orchestrator.caching.cache import Cache
from orchestrator.caching.process_cache import ProcessCache
from orchestrator.caching.redis_cache import RedisCache
from tests.support.redis_server import RedisServer, needs_redis


@pytest.fixture(
    params=[
        "process",
        pytest.param("redis", marks=needs_redis),
        pytest.param("unix", marks=needs_redis),
    ]
)
async def cache(request: pytest.FixtureRequest) -> AsyncIterator[Cache]:
    opened: Cache
    if request.param == "process":
        opened = ProcessCache(100)
    else:
        server: RedisServer = request.getfixturevalue("redis")
        url = server.url if request.param == "redis" else f"unix://{server.socket}"
        opened = RedisCache(url, timeout_s=5, pause_s=1)
    yield opened
    await opened.close()


async def test_what_was_put_is_there(cache: Cache) -> None:
    await cache.put("a", b"\x00\xff", ttl_s=60)
    await cache.put("é:☃", b"", ttl_s=60)
    assert await cache.get_many(["é:☃", "none", "a"]) == [b"", None, b"\x00\xff"]


async def test_the_last_value_stands(cache: Cache) -> None:
    await cache.put("a", b"1", ttl_s=60)
    await cache.put("a", b"2", ttl_s=60)
    assert await cache.get_many(["a"]) == [b"2"]


async def test_what_is_old_is_gone(cache: Cache) -> None:
    await cache.put("a", b"1", ttl_s=0.05)
    await cache.exchange({"b": b"1"}, ttl_s=0.05)
    await cache.get_or_put({"c": b"1"}, ttl_s=0.05)
    await cache.put("d", b"1", ttl_s=60)
    await asyncio.sleep(0.1)
    assert await cache.get_many(["a", "b", "c", "d"]) == [None, None, None, b"1"]


async def test_an_exchange_answers_what_was_there(cache: Cache) -> None:
    await cache.put("a", b"1", ttl_s=60)
    assert await cache.exchange({"b": b"2", "a": b"3"}, ttl_s=60) == [None, b"1"]
    assert await cache.exchange({"a": b"4"}, ttl_s=60) == [b"3"]
    assert await cache.get_many(["a", "b"]) == [b"4", b"2"]


async def test_what_is_there_stays_in_a_get_or_put(cache: Cache) -> None:
    await cache.put("a", b"1", ttl_s=60)
    assert await cache.get_or_put({"b": b"2", "a": b"3"}, ttl_s=60) == [b"2", b"1"]
    assert await cache.get_or_put({"b": b"4"}, ttl_s=60) == [b"2"]


async def test_of_many_who_exchange_each_sees_another_one(cache: Cache) -> None:
    former = await asyncio.gather(
        *(cache.exchange({"a": str(number).encode()}, ttl_s=60) for number in range(50))
    )
    (last,) = await cache.get_many(["a"])
    assert {last, *(value for (value,) in former)} == {
        None,
        *(str(number).encode() for number in range(50)),
    }
