from collections.abc import AsyncIterator, Container
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from orchestrator.migration.verify import Verdict, Verification, difference
from tests.orchestrator.migration.old_system import Migration, open_migration
from tests.orchestrator.store.conformance import post, unit


@pytest.fixture
async def migration(tmp_path: Path) -> AsyncIterator[Migration]:
    """Of four posts, three of them migrated, one without a path."""
    async with open_migration(tmp_path) as opened:
        for number in range(3):
            await opened.old.add(number)
        await opened.old.put(3, url=None)
        await opened.run()
        yield opened


async def verdict(
    migration: Migration, *, reported: Container[str] = ("3",), spot_checks: int = 10
) -> Verdict:
    verification = Verification(
        migration.source,
        migration.target,
        migration.media,
        migration.uploads,
        migration.patience,
        reported=reported,
        seed=7,
    )
    await verification.run(spot_checks)
    return verification.verdict


async def test_a_good_migration_is_verified(migration: Migration) -> None:
    found = await verdict(migration)
    assert (found.points, found.there, found.reported, found.unaccounted) == (4, 3, 1, 0)
    assert (found.looked_at, found.unlike, found.is_good) == (3, [], True)
    assert list(found.lines()) == [
        "verified 4 points: 3 are there, 1 are in the report, 0 are missing",
        "made again: 3, of which 0 differ",
    ]


async def test_what_is_neither_there_nor_reported_is_missing(migration: Migration) -> None:
    await migration.store.delete_post("m1")
    found = await verdict(migration, reported=())
    assert (found.there, found.unaccounted, found.missing) == (2, 2, ["1", "3"])
    assert not found.is_good


async def test_as_many_are_made_again_as_were_asked_for(migration: Migration) -> None:
    migration.models.calls.clear()
    found = await verdict(migration, spot_checks=2)
    assert (found.looked_at, migration.models.calls.count("embed_image")) == (2, 2)


async def test_uploads_are_not_taken_for_migrated_posts(migration: Migration) -> None:
    await migration.store.put_posts([post("m0"), post("m1")])
    found = await verdict(migration)
    assert (found.there, found.looked_at, found.is_good) == (3, 1, True)


async def test_a_medium_that_is_gone_can_not_be_compared(migration: Migration) -> None:
    (migration.old.media / "2.png").unlink()
    found = await verdict(migration)
    (unlike,) = found.unlike
    assert unlike.startswith("m2: can't be made again: 2.png is not in")


async def test_vectors_that_moved_are_found(migration: Migration) -> None:
    await migration.store.put_vectors("m1", visual=unit(1, 0.05, 0, 0), text=unit(0, 1, 0))
    found = await verdict(migration)
    assert found.unlike == ["m1: visual vector has cosine 0.9988"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, None),
        ({"likes": 99, "comments": 99}, None),
        ({"caption": "A dog"}, "caption is 'A dog', not 'A cat'"),
        ({"author_id": "bob"}, "author_id is 'bob', not 'ann'"),
        ({"text": None}, "text vector is missing"),
        ({"visual": unit(1, 0.01, 0, 0)}, None),
        ({"visual": unit(0, 1, 0, 0)}, "visual vector has cosine 0.0000"),
    ],
)
def test_posts_are_the_same_but_for_their_counters(
    changes: dict[str, object], said: str | None
) -> None:
    assert difference(post("m1", **changes), post()) == said


def test_a_vector_that_should_not_be_there_is_a_difference() -> None:
    made = replace(post(), text=None)
    assert difference(post(), made) == "text vector is one too many"


def test_a_vector_of_zeros_is_no_vector() -> None:
    stored = post(visual=np.zeros(4, dtype=np.float32))
    assert difference(stored, post()) == "visual vector has cosine 0.0000"
