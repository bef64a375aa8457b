"""Profiles on the real store, whose reads can be held back; each test a viewer of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count

import pytest
import pytest_asyncio

from orchestrator.errors import StoreUnavailable
from orchestrator.feed.known import Hidden
from orchestrator.feed.parameters import FeedParameters
from orchestrator.feed.profile import Profile
from orchestrator.feed.profiles import Profiles
from ranking.types import Interest, Taste, Viewer
from ranking.viewer import TasteParameters
from tests.orchestrator.feed.watched_store import WatchedStore
from tests.orchestrator.store.conformance import SCHEMA, event, post, unit
from tests.support.feeds import Clock

pytestmark = pytest.mark.asyncio(loop_scope="module")

READS = 4
"""Of one build: strong events, weak ones, what was seen, what is hidden."""
GIVEN = Viewer(text=Taste((Interest(unit(0, 0, 1)),)))
_numbers = count()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WatchedStore]:
    store = WatchedStore(tmp_path_factory.mktemp("store"), SCHEMA)
    await store.put_posts(
        [post("east"), post("north", text=unit(0, 1, 0), visual=None), post("m1"), post("m2")]
    )
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
async def profiles(store: WatchedStore, clock: Clock) -> AsyncIterator[Profiles]:
    made = Profiles(store, FeedParameters(), TasteParameters(), clock)
    yield made
    store.gate.set()
    await made.close()


Record = Callable[..., Awaitable[None]]


@pytest.fixture
def record(store: WatchedStore, profiles: Profiles, clock: Clock) -> Record:
    """Record events of one viewer: (kind, media id) each, in one batch."""

    async def write(user_id: str, *what: tuple[str, str], days_ago: float = 0) -> None:
        moment = Clock(clock())
        moment.pass_by(days=-days_ago)
        events = [
            event(f"e{next(_numbers)}", user_id=user_id, kind=kind, media_id=media_id, at=moment())
            for kind, media_id in what
        ]
        await store.add_events(events)
        profiles.note(events)

    return write


def text_of(profile: Profile) -> list[list[float]]:
    return [interest.vector.tolist() for interest in profile.viewer.text.interests]


async def reads_after_a_rebuild(store: WatchedStore) -> int:
    """Reads so far, once a burst of events would have been answered."""
    await asyncio.sleep(0.35)
    return store.reads


async def test_a_profile_is_kept_for_an_hour(profiles: Profiles, clock: Clock) -> None:
    built = await profiles.of("hour")
    clock.pass_by(seconds=3599.9)
    assert await profiles.of("hour") is built
    clock.pass_by(seconds=0.1)
    again = await profiles.of("hour")
    assert again is not built
    assert again.built_at == clock()


async def test_an_unknown_viewer_has_an_empty_profile(profiles: Profiles) -> None:
    profile = await profiles.of("nobody")
    assert (profile.viewer, profile.events) == (Viewer(), 0)
    assert (profile.known.seen, profile.known.hidden) == ({}, Hidden())


@pytest.mark.parametrize("kind", ["view", "dwell", "skip"])
async def test_a_weak_event_adds_to_what_was_seen_and_no_more(
    profiles: Profiles, record: Record, store: WatchedStore, kind: str
) -> None:
    await record(kind, ("like", "east"), ("view", "m1"))
    built = await profiles.of(kind)
    await record(kind, (kind, "m2"), (kind, "east"))
    assert await profiles.of(kind) is built
    assert list(built.known.seen) == ["m1", "m2", "east"]
    assert text_of(built)[0] == pytest.approx([1, 0, 0], abs=1e-6)
    assert await reads_after_a_rebuild(store) == READS


async def test_an_event_of_long_ago_is_not_seen_any_more(
    profiles: Profiles, record: Record, clock: Clock
) -> None:
    built = await profiles.of("late news")
    await record("late news", ("view", "m1"), days_ago=31)
    await record("late news", ("view", "m2"), days_ago=29)
    assert list(built.known.seen) == ["m2"]
    clock.pass_by(hours=1)
    assert list((await profiles.of("late news")).known.seen) == ["m2"]


@pytest.mark.parametrize(
    "kind", ["like", "comment", "share", "save", "follow", "hide", "hide_author", "report"]
)
async def test_a_strong_event_counts_at_once(profiles: Profiles, record: Record, kind: str) -> None:
    before = await profiles.of(f"strong {kind}")
    await record(f"strong {kind}", (kind, "north"))
    after = await profiles.of(f"strong {kind}")
    assert (before.events, after.events) == (0, 1)
    taste = after.viewer.text
    disliked = kind in {"hide", "hide_author", "report"}
    (interest,) = taste.avoided if disliked else taste.interests
    assert interest.vector.tolist() == [0.0, 1.0, 0.0]
    assert after.known.hidden.media_ids == ({"north"} if disliked else set())
    assert after.known.hidden.authors == ({"ann"} if kind == "hide_author" else set())


async def test_a_burst_of_strong_events_is_one_rebuild_in_the_background(
    profiles: Profiles, record: Record, store: WatchedStore
) -> None:
    await profiles.of("burst")
    for media_id in ("east", "north", "m1") * 3:
        await record("burst", ("like", media_id))
    # What was seen and hidden is known already: only the taste is read again, twice.
    assert await reads_after_a_rebuild(store) == READS + 2
    profile = await profiles.of("burst")
    assert (store.reads, profile.events) == (READS + 2, 9)
    assert list(profile.known.seen) == ["east", "north", "m1"]


async def test_nothing_is_built_for_who_does_not_ask(
    profiles: Profiles, record: Record, store: WatchedStore
) -> None:
    await record("absent", ("like", "east"))
    assert await reads_after_a_rebuild(store) == 0


async def test_many_callers_share_one_build(profiles: Profiles, store: WatchedStore) -> None:
    found = await asyncio.gather(*(profiles.of("crowd") for _ in range(50)))
    assert (store.reads, {id(profile) for profile in found}) == (READS, {id(found[0])})


async def test_a_caller_who_leaves_takes_no_build_along(
    profiles: Profiles, store: WatchedStore
) -> None:
    store.gate.clear()
    leaving = asyncio.create_task(profiles.of("left"))
    staying = asyncio.create_task(profiles.of("left"))
    await asyncio.sleep(0)
    leaving.cancel()
    store.gate.set()
    built = await staying
    assert leaving.cancelled()
    assert await profiles.of("left") is built
    assert store.reads == READS


@pytest.mark.parametrize(
    "events", [[("view", "m1")], [("like", "m1")], [("view", "m2"), ("like", "m1")]]
)
async def test_a_build_that_began_before_an_event_is_not_kept(
    profiles: Profiles, record: Record, store: WatchedStore, events: list[tuple[str, str]]
) -> None:
    user_id = f"raced by {events}"
    store.gate.clear()
    waiting = asyncio.create_task(profiles.of(user_id))
    await store.held.wait()
    await record(user_id, *events)
    store.gate.set()
    stale = await waiting
    after = await profiles.of(user_id)
    assert after is not stale
    assert after.events == len(events)
    assert after.known.seen.keys() == {media_id for _, media_id in events}
    assert await profiles.of(user_id) is after


async def test_a_strong_event_amid_a_build_is_answered_in_the_background(
    profiles: Profiles, record: Record, store: WatchedStore
) -> None:
    store.gate.clear()
    waiting = asyncio.create_task(profiles.of("raced"))
    await store.held.wait()
    await record("raced", ("view", "m2"), ("like", "m1"))
    store.gate.set()
    await waiting
    reads = await reads_after_a_rebuild(store)
    assert ((await profiles.of("raced")).events, store.reads) == (2, reads)


async def test_a_store_that_is_away_fails_all_callers_until_it_is_back(
    profiles: Profiles, store: WatchedStore
) -> None:
    store.is_away = True
    found = await asyncio.gather(*(profiles.of("away") for _ in range(3)), return_exceptions=True)
    assert [str(one) for one in found] == ["the store is away"] * 3
    assert store.reads == 1
    store.is_away = False
    assert (await profiles.of("away")).events == 0


async def test_a_failure_in_the_background_is_logged_and_the_next_caller_hears_of_it(
    profiles: Profiles, record: Record, store: WatchedStore, caplog: pytest.LogCaptureFixture
) -> None:
    await profiles.of("unlucky")
    await record("unlucky", ("like", "east"))
    store.is_away = True
    assert await reads_after_a_rebuild(store) == READS + 1
    assert [each.getMessage() for each in caplog.records] == [
        "the profile of a viewer could not be rebuilt: the store is away"
    ]
    with pytest.raises(StoreUnavailable, match="the store is away"):
        await profiles.of("unlucky")
    store.is_away = False
    assert (await profiles.of("unlucky")).events == 1


async def test_closing_ends_what_runs_in_the_background(
    profiles: Profiles, record: Record, store: WatchedStore
) -> None:
    await profiles.of("closed")
    await record("closed", ("like", "east"))
    store.gate.clear()
    asked = [asyncio.create_task(profiles.of(user_id)) for user_id in ("closed 2", "closed 3")]
    await store.held.wait()
    # The build of this one is no more the one that others would share.
    await record("closed 3", ("view", "m1"))
    await asyncio.wait_for(profiles.close(), timeout=5)
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(one) for one in found] == [asyncio.CancelledError] * 2
    reads = store.reads
    assert await reads_after_a_rebuild(store) == reads


async def test_a_given_taste_is_kept_in_place_of_the_recorded_one(
    profiles: Profiles, record: Record, store: WatchedStore, clock: Clock
) -> None:
    await record("given", ("like", "east"), ("hide", "m1"))
    kept = await profiles.keep("given", GIVEN, 7)
    assert (kept.viewer, kept.events) == (GIVEN, 7)
    assert (set(kept.known.seen), set(kept.known.hidden.media_ids)) == ({"east", "m1"}, {"m1"})
    assert await profiles.of("given") is kept
    clock.pass_by(seconds=3599)
    assert await profiles.of("given") is kept
    clock.pass_by(seconds=1)
    assert (await profiles.of("given")).events == 2


async def test_a_given_taste_heeds_events_for_as_long_as_it_is_kept(
    profiles: Profiles, record: Record, clock: Clock
) -> None:
    await profiles.of("given late")
    clock.pass_by(minutes=50)
    kept = await profiles.keep("given late", GIVEN, 1)
    # An hour after the first read, but not after the taste was given.
    clock.pass_by(minutes=15)
    await record("given late", ("view", "m2"))
    assert await profiles.of("given late") is kept
    assert list(kept.known.seen) == ["m2"]


async def test_what_was_seen_is_forgotten_in_time_however_busy_the_viewer(
    profiles: Profiles, record: Record, clock: Clock
) -> None:
    await record("ever busy", ("view", "m1"))
    clock.pass_by(days=29, hours=23)
    for _ in range(5):
        clock.pass_by(minutes=30)
        assert await profiles.of("ever busy")
        await record("ever busy", ("like", "m2"))
    assert list((await profiles.of("ever busy")).known.seen) == ["m2"]


async def test_a_rebuild_under_way_does_not_undo_what_was_given(
    profiles: Profiles, record: Record, store: WatchedStore
) -> None:
    await profiles.of("overtaken")
    await record("overtaken", ("like", "east"))
    kept = await profiles.keep("overtaken", GIVEN, 1)
    await reads_after_a_rebuild(store)
    assert await profiles.of("overtaken") is kept
    await record("overtaken", ("like", "north"))
    assert (await profiles.of("overtaken")).events == 2


async def test_an_event_while_a_taste_is_given_is_not_lost(
    profiles: Profiles, record: Record, store: WatchedStore
) -> None:
    store.gate.clear()
    giving = asyncio.create_task(profiles.keep("given amid", GIVEN, 1))
    await store.held.wait()
    await record("given amid", ("skip", "m2"))
    store.gate.set()
    kept = await giving
    assert (list(kept.known.seen), kept.viewer) == (["m2"], GIVEN)
    assert await profiles.of("given amid") is kept


async def test_many_given_at_once_are_one_after_the_other(profiles: Profiles) -> None:
    kept = await asyncio.gather(*(profiles.keep("many", GIVEN, n) for n in range(10)))
    assert sorted(profile.events for profile in kept) == list(range(10))
    assert await profiles.of("many") in kept


async def test_the_least_recently_asked_for_is_dropped_first(
    store: WatchedStore, clock: Clock
) -> None:
    profiles = Profiles(store, FeedParameters(max_profiles=2), TasteParameters(), clock)
    first, second = await profiles.of("first"), await profiles.of("second")
    assert await profiles.of("first") is first
    await profiles.of("third")
    assert await profiles.of("first") is first
    assert await profiles.of("second") is not second
    await profiles.close()
