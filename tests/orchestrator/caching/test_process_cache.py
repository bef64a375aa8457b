from orchestrator.caching.process_cache import ProcessCache


async def test_the_least_recently_used_is_dropped_first() -> None:
    cache = ProcessCache(2)
    await cache.put("a", b"1", ttl_s=60)
    await cache.put("b", b"2", ttl_s=60)
    await cache.get_many(["a"])
    await cache.put("c", b"3", ttl_s=60)
    assert await cache.get_many(["a", "b", "c"]) == [b"1", None, b"3"]


async def test_each_value_lives_for_its_own_time() -> None:
    now_s = [100.0]
    cache = ProcessCache(2, timer=lambda: now_s[0])
    await cache.put("short", b"1", ttl_s=5)
    await cache.put("long", b"2", ttl_s=10)
    now_s[0] = 105.0
    assert await cache.get_many(["short", "long"]) == [None, b"2"]


async def test_of_no_entries_nothing_is_kept() -> None:
    cache = ProcessCache(0)
    await cache.put("a", b"1", ttl_s=60)
    assert await cache.get_or_put({"a": b"2"}, ttl_s=60) == [b"2"]
    assert await cache.get_many(["a"]) == [None]
