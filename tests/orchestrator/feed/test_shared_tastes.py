"""Two orchestrators' profiles over one store and one cache: each heeds the other's events."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from orchestrator.caching.cache import Cache, CacheUnavailable
from orchestrator.caching.process_cache import ProcessCache
from orchestrator.caching.redis_cache import RedisCache
from orchestrator.feed.parameters import FeedParameters
from orchestrator.feed.profile import Profile
from orchestrator.feed.profiles import Profiles
from orchestrator.feed.shared_tastes import SharedTastes
from orchestrator.feed.unmigrated import Unmigrated
from orchestrator.store.records import Schema
from ranking.types import Interest, Taste, Viewer
from ranking.viewer import TasteParameters
from tests.orchestrator.feed.watched_store import WatchedStore
from tests.orchestrator.store.conformance import SCHEMA, event, post, unit
from tests.support.feeds import Clock
from tests.support.old_collection import OldCollection
from tests.support.redis_server import RedisServer, needs_redis

EAST, NORTH, UP = unit(1, 0, 0), unit(0, 1, 0), unit(0, 0, 1)
KNOWN_READS, TASTE_READS = 2, 2
PARAMETERS = FeedParameters()


@dataclass
class Orchestrator:
    """What one process has of its own."""

    store: WatchedStore
    clock: Clock
    profiles: Profiles
    numbers: "count[int]"

    async def record(self, kind: str, *media_ids: str, user_id: str = "u1") -> None:
        """Record events as POST /v1/events does."""
        events = [
            event(
                f"e{next(self.numbers)}",
                user_id=user_id,
                kind=kind,
                media_id=media_id,
                at=self.clock(),
            )
            for media_id in media_ids
        ]
        await self.store.add_events(events)
        self.profiles.note(events)
        await self.profiles.announce(events)
        self.clock.pass_by(seconds=1)


@dataclass
class Losing:
    """A cache that is away while a test wants it."""

    cache: Cache
    is_away: bool = False

    backend = "redis"
    is_shared = True

    def _check(self) -> None:
        if self.is_away:
            raise CacheUnavailable("away")

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        self._check()
        return await self.cache.get_many(keys)

    async def put(self, key: str, value: bytes, *, ttl_s: float) -> None:
        self._check()
        await self.cache.put(key, value, ttl_s=ttl_s)

    async def exchange(self, values: Mapping[str, bytes], *, ttl_s: float) -> list[bytes | None]:
        self._check()
        return await self.cache.exchange(values, ttl_s=ttl_s)

    async def get_or_put(self, values: Mapping[str, bytes], *, ttl_s: float) -> list[bytes]:
        self._check()
        return await self.cache.get_or_put(values, ttl_s=ttl_s)

    async def close(self) -> None:
        await self.cache.close()


@pytest.fixture(params=["process", pytest.param("redis", marks=needs_redis)])
async def caches(request: pytest.FixtureRequest) -> AsyncIterator[list[Losing]]:
    """What each of the two has to do with the one cache."""
    if request.param == "process":
        kept = ProcessCache(100)
        yield [Losing(kept), Losing(kept)]
        return
    server: RedisServer = request.getfixturevalue("redis")
    both = [RedisCache(server.url, timeout_s=5, pause_s=1) for _ in range(2)]
    yield [Losing(each) for each in both]
    for each in both:
        await each.close()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[WatchedStore]:
    opened = WatchedStore(tmp_path, SCHEMA)
    opened.watch()
    await opened.put_posts(
        [
            post("east", visual=None, text=EAST),
            post("north", visual=None, text=NORTH),
            post("up", visual=None, text=UP),
        ]
    )
    yield opened
    await opened.close()


def profiles_over(
    cache: Cache,
    store: WatchedStore,
    clock: Clock,
    schema: Schema = SCHEMA,
    taste: TasteParameters | None = None,
    legacy: Unmigrated | None = None,
) -> Profiles:
    taste = taste or TasteParameters()
    shared = SharedTastes(cache, schema, PARAMETERS, taste, clock)
    return Profiles(store, PARAMETERS, taste, clock, shared, legacy)


@pytest.fixture
async def both(
    store: WatchedStore, caches: list[Losing]
) -> AsyncIterator[tuple[Orchestrator, Orchestrator]]:
    clock, numbers = Clock(), count()
    one, other = (
        Orchestrator(store, clock, profiles_over(cache, store, clock), numbers) for cache in caches
    )
    yield one, other
    await one.profiles.close()
    await other.profiles.close()


Both = tuple[Orchestrator, Orchestrator]


def text_of(profile: Profile) -> list[list[float]]:
    return [one.vector.tolist() for one in profile.viewer.text.interests]


async def test_a_like_at_one_is_heeded_by_the_other_at_once(both: Both) -> None:
    one, other = both
    assert text_of(await other.profiles.of("u1")) == []
    await one.record("like", "east")
    assert text_of(await other.profiles.of("u1")) == [pytest.approx(EAST, abs=1e-6)]
    assert text_of(await one.profiles.of("u1")) == [pytest.approx(EAST, abs=1e-6)]


async def test_what_was_seen_and_hidden_at_one_stays_away_at_the_other(both: Both) -> None:
    one, other = both
    await other.profiles.of("u1")
    await one.record("view", "east")
    await one.record("hide", "north")
    assert (await other.profiles.hidden_from("u1")).media_ids == {"north"}
    assert list((await other.profiles.of("u1")).known.seen) == ["east", "north"]


async def test_a_view_at_the_other_leaves_taste_and_neighbours_as_they_are(
    both: Both, store: WatchedStore
) -> None:
    one, other = both
    await one.record("like", "east")
    before = await other.profiles.of("u1")
    store.watch()
    await one.record("view", "north")
    after = await other.profiles.of("u1")
    assert list(after.known.seen) == ["east", "north"]
    assert store.reads == KNOWN_READS
    assert (after.viewer, after.neighbours) == (before.viewer, before.neighbours)


async def test_own_events_are_no_news(both: Both, store: WatchedStore) -> None:
    one, _ = both
    built = await one.profiles.of("u1")
    store.watch()
    await one.record("view", "east", "north")
    assert await one.profiles.of("u1") is built
    assert list(built.known.seen) == ["east", "north"]
    assert store.reads == 0


async def test_of_two_who_record_in_turn_neither_takes_the_others_events_for_known(
    both: Both,
) -> None:
    one, other = both
    for orchestrator in both:
        await orchestrator.profiles.of("u1")
    await one.record("view", "east")
    # Its own announcement comes on top of one that it has not heard of.
    await other.record("view", "north")
    for orchestrator in both:
        assert sorted((await orchestrator.profiles.of("u1")).known.seen) == ["east", "north"]


async def test_a_taste_is_built_once_for_both(both: Both, store: WatchedStore) -> None:
    one, other = both
    await one.record("like", "east")
    first = await one.profiles.of("u1")
    store.watch()
    second = await other.profiles.of("u1")
    assert store.reads == KNOWN_READS
    assert text_of(second) == text_of(first)
    assert (second.events, second.built_at) == (first.events, first.built_at)
    counts = other.profiles.counts
    assert (counts.hits, counts.misses, counts.errors) == (1, 0, 0)


async def test_a_taste_lives_for_an_hour_wherever_it_was_built(both: Both) -> None:
    one, other = both
    await one.record("like", "east")
    await one.profiles.of("u1")
    one.clock.pass_by(minutes=59)
    await other.profiles.of("u1")
    one.clock.pass_by(minutes=1)
    assert (await other.profiles.of("u1")).built_at == one.clock()


async def test_a_taste_that_was_brought_to_one_is_served_by_the_other(both: Both) -> None:
    one, other = both
    await one.record("like", "east")
    await other.profiles.of("u1")
    given = Viewer(text=Taste((Interest(UP),)))
    kept = await one.profiles.keep("u1", given, 3)
    assert await one.profiles.of("u1") is kept
    assert text_of(await other.profiles.of("u1")) == [UP.tolist()]
    await other.record("like", "north")
    assert len(text_of(await one.profiles.of("u1"))) == 1
    assert text_of(await one.profiles.of("u1")) != [UP.tolist()]


@pytest.mark.parametrize(
    ("schema", "taste"),
    [
        (Schema({"visual": "clip@2", "text": "mpnet@1"}, SCHEMA.dimensions), TasteParameters()),
        (SCHEMA, TasteParameters(half_life_days=7.0)),
    ],
)
async def test_a_taste_of_other_models_or_parameters_is_not_shared(
    both: Both, caches: list[Losing], store: WatchedStore, schema: Schema, taste: TasteParameters
) -> None:
    one, _ = both
    await one.record("like", "east")
    await one.profiles.of("u1")
    store.watch()
    third = profiles_over(caches[0], store, one.clock, schema, taste)
    await third.of("u1")
    await third.close()
    assert store.reads == KNOWN_READS + TASTE_READS


async def test_while_the_cache_is_away_each_goes_on_with_its_own(
    both: Both, caches: list[Losing]
) -> None:
    one, other = both
    await other.profiles.of("u1")
    caches[0].is_away = caches[1].is_away = True
    await one.record("like", "east")
    assert text_of(await one.profiles.of("u1")) == [pytest.approx(EAST, abs=1e-6)]
    assert text_of(await other.profiles.of("u1")) == []
    assert other.profiles.counts.errors > 0


async def test_what_could_not_be_told_is_told_with_the_next_events(
    both: Both, caches: list[Losing]
) -> None:
    one, other = both
    await other.profiles.of("u1")
    caches[0].is_away = True
    await one.record("like", "east")
    caches[0].is_away = False
    assert text_of(await other.profiles.of("u1")) == []
    await one.record("view", "north", user_id="u2")
    assert text_of(await other.profiles.of("u1")) == [pytest.approx(EAST, abs=1e-6)]


async def test_a_build_that_an_event_overtakes_is_kept_by_nobody(
    both: Both, store: WatchedStore
) -> None:
    one, other = both
    store.gate.clear()
    build = asyncio.create_task(other.profiles.of("u1"))
    await store.held.wait()
    await one.record("like", "east")
    store.gate.set()
    # It read what was seen before the event, the taste after it.
    assert (await build).known.seen == {}
    for orchestrator in both:
        profile = await orchestrator.profiles.of("u1")
        assert list(profile.known.seen) == ["east"]
        assert text_of(profile) == [pytest.approx(EAST, abs=1e-6)]


@needs_redis
async def test_a_redis_that_comes_back_empty_makes_everybody_read_anew(
    store: WatchedStore, redis: RedisServer
) -> None:
    cache = RedisCache(redis.url, timeout_s=5, pause_s=0.01)
    clock = Clock()
    profiles = profiles_over(cache, store, clock)
    built = await profiles.of("u1")
    redis.kill()
    assert await profiles.of("u1") is built
    await store.add_events([event("e1", kind="like", media_id="east")])
    redis.start()
    await asyncio.sleep(0.05)
    assert text_of(await profiles.of("u1")) == [pytest.approx(EAST, abs=1e-6)]
    await profiles.close()
    await cache.close()


@needs_redis
async def test_foreign_bytes_under_the_keys_are_no_taste(both: Both, redis: RedisServer) -> None:
    one, other = both
    await one.record("like", "east")
    await one.profiles.of("u1")
    for key in redis.tell("KEYS", "feedlens:1:taste:*").split():
        if key.startswith(b"feedlens"):
            redis.tell("SET", key.decode(), "nonsense")
    assert text_of(await other.profiles.of("u1")) == [pytest.approx(EAST, abs=1e-6)]


async def test_a_taste_of_posts_that_are_not_migrated_is_kept_from_others(
    store: WatchedStore, old: OldCollection
) -> None:
    clock, cache = Clock(), ProcessCache(100)
    unmigrated = Unmigrated(old, store, clock)
    one, other = (profiles_over(cache, store, clock, legacy=unmigrated) for _ in range(2))
    await store.add_events([event("e1", user_id="u1", kind="like", media_id="later", at=clock())])
    assert (await one.of("u1")).viewer.text.interests == ()
    await store.put_posts([post("later", visual=None, text=EAST)])
    assert len((await other.of("u1")).viewer.text.interests) == 1
    for each in (one, other):
        await each.close()
