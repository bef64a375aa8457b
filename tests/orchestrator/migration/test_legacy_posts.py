from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from orchestrator.content.picture import Picture
from orchestrator.errors import InvalidRequest
from orchestrator.migration.legacy_posts import UNDATED, LegacySource, SharedId, Uploads
from orchestrator.store.records import LegacyPost
from orchestrator.upload import Upload
from tests.orchestrator.migration.old_system import NOW, OldSystem, open_old_system

PICTURE = Picture(b"bytes", "sha256:1", width=100, height=80)
POST = LegacyPost(
    point_id="7",
    media_id="m7",
    author_id="ann",
    media_url="7.png",
    caption=" A cat ",
    created_at=NOW - timedelta(days=3),
    likes=3,
    comments=1,
)
UPLOADS = Uploads(max_caption_chars=20, latest=lambda: NOW)


def test_a_post_becomes_the_upload_that_it_was() -> None:
    assert UPLOADS.upload(POST, PICTURE) == Upload(
        media_id="m7",
        author_id="ann",
        medium=PICTURE,
        caption="A cat",
        created_at=NOW - timedelta(days=3),
        likes=3,
        comments=1,
        media_url="7.png",
    )


def test_a_post_without_an_author_has_one_of_its_own() -> None:
    assert UPLOADS.upload(replace(POST, author_id=None), PICTURE).author_id == "unknown-7"


@pytest.mark.parametrize("caption", [None, "", "  \n"])
def test_a_blank_caption_is_none(caption: str | None) -> None:
    assert UPLOADS.upload(replace(POST, caption=caption), PICTURE).caption is None


def test_a_caption_that_is_too_long_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="has 21 characters; at most 20"):
        UPLOADS.upload(replace(POST, caption="x" * 21), PICTURE)


@pytest.mark.parametrize(
    ("created_at", "taken"),
    [
        (None, UNDATED),
        (datetime(1961, 4, 12, tzinfo=timezone.utc), UNDATED),
        (NOW, NOW),
    ],
)
def test_dates_before_1970_are_moved(created_at: datetime | None, taken: datetime) -> None:
    assert UPLOADS.upload(replace(POST, created_at=created_at), PICTURE).created_at == taken


def test_a_date_to_come_is_refused() -> None:
    with pytest.raises(InvalidRequest, match=r"date 2026-11-02T12:00:00\+00:00 is in the future"):
        UPLOADS.upload(replace(POST, created_at=NOW + timedelta(days=1)), PICTURE)


@pytest.fixture
async def old(tmp_path: Path) -> AsyncIterator[OldSystem]:
    async with open_old_system(tmp_path) as opened:
        for number in range(300):
            await opened.put(number)
        yield opened


async def ids(source: LegacySource) -> list[str]:
    found: list[str] = []
    after: str | None = None
    while True:
        page, after = await source.page(after)
        found += [point.point_id for point in page]
        if after is None:
            return found


async def test_all_points_are_met_once(old: OldSystem) -> None:
    assert sorted(map(int, await ids(LegacySource(old.legacy)))) == list(range(300))


async def test_some_points_can_be_named(old: OldSystem) -> None:
    assert sorted(await ids(LegacySource(old.legacy, {"7", "299", "none"}))) == ["299", "7"]


async def test_of_points_that_share_a_media_id_the_first_is_the_post(old: OldSystem) -> None:
    await old.put(299, mediaId="m7")
    for only in (None, {"299"}):
        source = LegacySource(old.legacy, only)
        found, after = await source.page(None)
        while after is not None:
            page, after = await source.page(after)
            found = [*found, *page]
        assert [each for each in found if isinstance(each, SharedId)] == [
            SharedId("299", "m7", "7")
        ]


async def test_a_point_that_was_deleted_is_not_there(old: OldSystem) -> None:
    source = LegacySource(old.legacy)
    assert await source.has(POST)
    await old.collection.delete(["7"])
    assert not await source.has(POST)
    assert not await source.has(replace(POST, point_id="300"))
