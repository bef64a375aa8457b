"""Collections as found and as expected, on both engines."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orchestrator.errors import StartupError
from orchestrator.store.checking import Finding, check, create, expected_legacy, expected_posts
from orchestrator.store.events import EVENT_INDEXES, EVENTS
from orchestrator.store.generations import Registry
from orchestrator.store.legacy.posts import LEGACY_POSTS
from orchestrator.store.place import Place, open_place
from orchestrator.store.records import Schema
from orchestrator.store.served.parameters import QdrantParameters
from orchestrator.store.store import POST_INDEXES, POSTS
from tests.orchestrator.store.conformance import SCHEMA

BOTH = "text [3] by Cosine, visual [4] by Cosine"
POST_INDEXED = f"; indexes of {', '.join(sorted(POST_INDEXES))}"
EVENT_INDEXED = f"; indexes of {', '.join(sorted(EVENT_INDEXES))}"


@pytest.fixture(params=["embedded", "path"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    opened = open_place(f"{request.param}:{tmp_path / 'store'}", QdrantParameters(), make=True)
    yield opened
    await opened.close()


async def findings(place: Place) -> dict[str, Finding]:
    _, expected = await expected_posts(place, SCHEMA)
    found = await check(place, [*expected, expected_legacy(768)])
    return {one.collection: one for one in found}


async def make(place: Place) -> None:
    registry, expected = await expected_posts(place, SCHEMA)
    await create(place, [*expected, expected_legacy(768)], registry, {"mediaId": "keyword"})


async def test_of_an_empty_place_everything_is_missing(place: Place) -> None:
    found = await findings(place)
    assert {name: one.verdict for name, one in found.items()} == dict.fromkeys(
        (POSTS, EVENTS, LEGACY_POSTS), "missing"
    )
    assert await place.describe(POSTS) is None
    assert await place.registry() is None


async def test_what_was_made_is_good(place: Place) -> None:
    await make(place)
    await make(place)
    found = await findings(place)
    assert [one.verdict for one in found.values()] == ["good"] * 3
    assert all(one.is_good for one in found.values())
    assert await place.registry() == Registry.first(SCHEMA)
    indexed = POST_INDEXED if place.keeps_indexes else ""
    assert found[POSTS].found == found[POSTS].expected == BOTH + indexed
    assert found[EVENTS].found == f"no vectors{EVENT_INDEXED if place.keeps_indexes else ''}"
    assert found[LEGACY_POSTS].expected == "the unnamed vector [768] by Cosine"


async def test_another_dimension_is_told_and_left(place: Place) -> None:
    await place.make(POSTS, {"visual": 5, "text": 3}, {})
    finding = (await findings(place))[POSTS]
    assert finding.verdict == "differs: visual [5] by Cosine"
    with pytest.raises(StartupError, match=r"has text \[3\] by Cosine, visual \[5\] by Cosine"):
        await make(place)
    assert await place.describe(EVENTS) is None
    made = await place.describe(POSTS)
    assert made is not None
    assert dict(made.vectors) == {"visual": (5, "Cosine"), "text": (3, "Cosine")}


async def test_an_unnamed_vector_where_named_ones_belong(place: Place) -> None:
    await place.make(POSTS, {"": 4}, {})
    assert (await findings(place))[POSTS].verdict == "differs: the unnamed vector [4] by Cosine"


async def test_named_vectors_where_the_old_system_has_none(place: Place) -> None:
    await place.make(LEGACY_POSTS, {"vit": 768}, {})
    assert (await findings(place))[LEGACY_POSTS].verdict == "differs: vit [768] by Cosine"


async def test_what_is_lacking_is_added(place: Place) -> None:
    await place.make(POSTS, {"visual": 4}, {"likes": "integer"})
    verdict = (await findings(place))[POSTS].verdict
    assert verdict.startswith("lacks text [3] by Cosine")
    assert ("an index of author_id" in verdict) is place.keeps_indexes
    await make(place)
    assert (await findings(place))[POSTS].is_good


async def test_the_old_systems_collection_is_never_touched(place: Place) -> None:
    await place.make(LEGACY_POSTS, {"": 768}, {})
    before = await place.describe(LEGACY_POSTS)
    await make(place)
    assert await place.describe(LEGACY_POSTS) == before


async def test_a_store_of_other_models_is_refused_with_both_named(place: Place) -> None:
    await make(place)
    other = Schema({"visual": "clip@9", "text": "mpnet@1"}, SCHEMA.dimensions)
    with pytest.raises(StartupError, match=r"clip@1 and mpnet@1, Triton serves clip@9 and mpnet"):
        await expected_posts(place, other)
