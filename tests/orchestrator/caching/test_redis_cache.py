"""A Redis that is away, slow, full or read-only; each a real one."""

import asyncio
import logging
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orchestrator.caching.cache import CacheUnavailable
from orchestrator.caching.redis_cache import RedisCache
from orchestrator.errors import StartupError
from tests.support.redis_server import RedisServer, needs_redis, serve_redis
from tests.support.triton import free_ports

pytestmark = needs_redis
VALUE = b"x" * 10_000


@pytest.fixture
async def cache(redis: RedisServer) -> AsyncIterator[RedisCache]:
    opened = RedisCache(redis.url, timeout_s=0.5, pause_s=0.2)
    yield opened
    await opened.close()


async def fill(cache: RedisCache) -> None:
    for number in range(500):
        await cache.put(str(number), VALUE, ttl_s=60)


async def answers(cache: RedisCache) -> None:
    """Wait until it answers again."""
    give_up_at_s = time.monotonic() + 10
    while True:
        try:
            await cache.get_many(["a"])
            return
        except CacheUnavailable:
            assert time.monotonic() < give_up_at_s
            await asyncio.sleep(0.02)


async def test_killed_in_the_middle_and_back_again(
    cache: RedisCache, redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    await cache.put("a", b"1", ttl_s=60)
    redis.kill()
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            with pytest.raises(CacheUnavailable):
                await cache.get_many(["a"])
            with pytest.raises(CacheUnavailable):
                await cache.put("a", b"2", ttl_s=60)
            await asyncio.sleep(0.1)
        redis.start()
        await answers(cache)
    assert await cache.get_many(["a"]) == [None]
    failed, back = caplog.messages
    assert failed.startswith("Redis fails (connection): ")
    assert back == "Redis answers again (connection)"


async def test_one_that_was_never_there(caplog: pytest.LogCaptureFixture) -> None:
    cache = RedisCache(f"redis://127.0.0.1:{free_ports(1)[0]}", timeout_s=0.5, pause_s=60)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            with pytest.raises(CacheUnavailable):
                await cache.get_many(["a"])
    await cache.close()
    assert len(caplog.messages) == 1


async def test_one_that_hangs_is_asked_by_one_request_at_a_time(redis: RedisServer) -> None:
    now_s = [0.0]
    cache = RedisCache(redis.url, timeout_s=0.5, pause_s=1, timer=lambda: now_s[0])
    await cache.put("a", b"1", ttl_s=60)
    redis.hang()
    with pytest.raises(CacheUnavailable, match=r"no answer within 0\.5 s|Timeout"):
        await cache.get_many(["a"])
    with pytest.raises(CacheUnavailable, match="did not answer a moment ago"):
        await cache.get_many(["a"])
    now_s[0] = 1.0
    probe = asyncio.create_task(cache.get_many(["a"]))
    await asyncio.sleep(0)
    with pytest.raises(CacheUnavailable, match="did not answer a moment ago"):
        await cache.get_many(["a"])
    redis.go_on()
    assert await probe == [b"1"]
    assert await cache.get_many(["a"]) == [b"1"]
    await cache.close()


async def test_no_answer_reaches_the_wrong_question(cache: RedisCache, redis: RedisServer) -> None:
    """A call that was cancelled leaves no half-read connection behind."""
    await cache.put("a", b"1", ttl_s=60)
    await cache.put("b", b"2", ttl_s=60)
    redis.hang()
    asked = [asyncio.create_task(cache.get_many(["a"])) for _ in range(8)]
    await asyncio.sleep(0.05)
    for task in asked:
        task.cancel()
    redis.go_on()
    await asyncio.gather(*asked, return_exceptions=True)
    assert await asyncio.gather(*(cache.get_many(["b"]) for _ in range(16))) == [[b"2"]] * 16


async def test_full_with_nothing_to_evict_still_reads(caplog: pytest.LogCaptureFixture) -> None:
    options = ("--maxmemory", "2mb", "--maxmemory-policy", "noeviction")
    with tempfile.TemporaryDirectory() as folder, serve_redis(Path(folder), *options) as full:
        cache = RedisCache(full.url, timeout_s=2, pause_s=60)
        await cache.put("a", b"1", ttl_s=60)
        with caplog.at_level(logging.WARNING), pytest.raises(CacheUnavailable, match="maxmemory"):
            await fill(cache)
        with pytest.raises(CacheUnavailable, match="maxmemory"):
            await cache.exchange({"a": b"2"}, ttl_s=60)
        assert await cache.get_many(["a"]) == [b"1"]
        full.tell("FLUSHALL")
        await cache.put("a", b"3", ttl_s=60)
        await cache.close()
    refused, back = caplog.messages
    assert refused.startswith("Redis fails (write): ")
    assert back == "Redis answers again (write)"


async def test_full_with_eviction_drops_and_goes_on() -> None:
    options = ("--maxmemory", "2mb", "--maxmemory-policy", "allkeys-lru")
    with tempfile.TemporaryDirectory() as folder, serve_redis(Path(folder), *options) as full:
        cache = RedisCache(full.url, timeout_s=2, pause_s=60)
        await fill(cache)
        found = await cache.get_many([str(number) for number in range(500)])
        await cache.close()
    assert found[-1] == VALUE
    assert 0 < sum(value is None for value in found) < 500


async def test_a_replica_that_may_not_be_written_is_still_read(
    cache: RedisCache, redis: RedisServer
) -> None:
    await cache.put("a", b"1", ttl_s=60)
    # Of a master that is nowhere: it serves what it has.
    redis.tell("REPLICAOF", "127.0.0.1", str(free_ports(1)[0]))
    with pytest.raises(CacheUnavailable, match="read only replica"):
        await cache.put("a", b"2", ttl_s=60)
    assert await cache.get_many(["a"]) == [b"1"]


async def test_a_wrong_password_is_a_failure_like_any_other() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        serve_redis(Path(folder)) as server,
    ):
        server.tell("CONFIG", "SET", "requirepass", "right")
        cache = RedisCache(server.url.replace("//", "//:wrong@"), timeout_s=2, pause_s=60)
        with pytest.raises(CacheUnavailable, match=r"invalid username-password|WRONGPASS"):
            await cache.get_many(["a"])
        await cache.close()


async def test_something_else_that_listens_there() -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    cache = RedisCache(f"redis://127.0.0.1:{port}", timeout_s=2, pause_s=60)
    with pytest.raises(CacheUnavailable):
        await cache.get_many(["a"])
    await cache.close()
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize(
    "url",
    [
        "localhost:6379",
        "http://localhost",
        "redis://host:no",
        "redis://:secret@host:99999",
        "redis://:secret/word@host",
        "redis://:secret#word@host",
        "redis://:secret?word@host",
        "redis://:1?secret@host",
        "redis://:secret\u2100@host",
        "redis://:secret@[host",
        "redis://:secret@host?foo=1",
        "redis://:secret@host?foo",
        "redis://:secret@host?decode_responses=true",
        "redis://:secret@host?password=secret",
        "redis://:secret@host?db=secret",
        "redis://:secret@host?ssl_foo=1",
        "rediss://:secret@host?ssl_foo=1",
        "rediss://:secret@host?ssl_cert_reqs=maybe",
    ],
)
def test_no_address_of_a_redis_stops_the_start(url: str) -> None:
    with pytest.raises(StartupError, match="CACHE_URL is no address of Redis: ") as caught:
        RedisCache(url, timeout_s=0.05, pause_s=1)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["rediss://host/0?ssl_cert_reqs=none", "unix:///redis?db=1"])
async def test_an_address_may_have_options(url: str) -> None:
    cache = RedisCache(url, timeout_s=0.05, pause_s=1)
    assert cache.is_shared
    await cache.close()
