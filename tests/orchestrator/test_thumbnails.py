"""Thumbnails of stored posts: made once, kept, and never another's."""

import asyncio
from pathlib import Path

import pytest

from orchestrator.content.video import Medium
from orchestrator.errors import NotFound, UndecodableMedia
from tests.orchestrator.thumbnail_world import (
    PICTURE,
    VIDEO,
    World,
)
from tests.support.fake_models import Gate
from tests.support.full_disk import full_disk
from tests.support.uploads import plain


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.mark.parametrize(
    ("medium", "expected"),
    [(PICTURE, b"of a picture"), (VIDEO, b"of a video")],
    ids=["picture", "video"],
)
async def test_it_is_made_once_and_kept(world: World, medium: Medium, expected: bytes) -> None:
    a_post = await world.add(medium)
    assert [await world.of(a_post) for _ in range(3)] == [expected] * 3
    assert len(world.decoder.calls) == 1
    again = World(world.folder)
    again.decoder.failure = AssertionError("it is kept")
    assert await again.of(a_post) == expected
    await world.kept.forget("m1")
    assert world.files == []


async def test_who_asks_meanwhile_waits_for_the_same_one(world: World) -> None:
    a_post = await world.add(PICTURE)
    gate = world.decoder.gate = Gate()
    asking = [asyncio.create_task(world.of(a_post)) for _ in range(5)]
    await gate.came.wait()
    asking.pop(0).cancel()
    await asyncio.sleep(0)
    gate.set()
    assert await asyncio.gather(*asking) == [b"of a picture"] * 4
    assert world.decoder.calls == ["thumbnail"]


async def test_a_failure_is_told_to_all_and_not_kept(world: World) -> None:
    a_post = await world.add(PICTURE)
    world.decoder.failure = UndecodableMedia("broken")
    found = await asyncio.gather(*(world.of(a_post) for _ in range(3)), return_exceptions=True)
    assert [type(failure) for failure in found] == [UndecodableMedia] * 3
    world.decoder.failure = None
    assert await world.of(a_post) == b"of a picture"


async def test_a_text_has_none(world: World) -> None:
    with pytest.raises(NotFound, match="'m1' has no thumbnail: it is only text"):
        await world.of(world.put(media_type="text", content_hash=None))


async def test_where_uploads_are_not_kept_the_setting_is_named(tmp_path: Path) -> None:
    world = World(tmp_path, keeps=False)
    with pytest.raises(NotFound, match=r"no media_url; .* FEEDLENS_UPLOADS_PATH names a folder"):
        await world.of(world.put())
    (tmp_path / "cat.png").write_bytes(plain())
    for _ in range(2):
        a_post = world.put(content_hash=PICTURE.content_hash, media_url="cat.png")
        assert await world.of(a_post) == b"of a picture"
    assert world.decoder.calls == ["thumbnail"] * 2


async def test_another_medium_under_its_address_is_not_shown(world: World) -> None:
    (world.folder / "cat.png").write_bytes(plain("red"))
    with pytest.raises(NotFound, match=r"its medium can't be had \(not-found\)$"):
        await world.of(world.put(content_hash=PICTURE.content_hash, media_url="cat.png"))
    assert world.decoder.calls == []


@pytest.mark.parametrize(
    ("media_url", "reason"),
    [("gone.png", "not-found"), ("../a.png", "outside-folder"), ("http://h/", "host-not-allowed")],
)
async def test_why_its_medium_can_not_be_had_names_no_place(
    world: World, media_url: str, reason: str
) -> None:
    with pytest.raises(NotFound) as raised:
        await world.of(world.put(content_hash=None, media_url=media_url))
    assert raised.value.detail == (
        f"the post 'm1' has no thumbnail: its medium can't be had ({reason})"
    )


async def test_a_post_whose_content_nobody_hashed_is_shown_as_it_is_now(world: World) -> None:
    (world.folder / "cat.png").write_bytes(plain())
    assert await world.of(world.put(content_hash=None, media_url="cat.png")) == b"of a picture"
    assert len(world.files) == 1


async def test_deleted_meanwhile_nothing_is_kept(world: World) -> None:
    a_post = await world.add(PICTURE)
    gate = world.decoder.gate = Gate()
    asking = asyncio.create_task(world.of(a_post))
    await gate.came.wait()
    async with world.locks.of("m1"):
        gate.set()
        del world.stored.posts["m1"]
        await world.kept.forget("m1")
    assert await asking == b"of a picture"
    assert world.files == []


async def test_posted_anew_meanwhile_it_is_not_taken_for_the_new_one(world: World) -> None:
    former = await world.add(PICTURE)
    gate = world.decoder.gate = Gate()
    asking = asyncio.create_task(world.of(former))
    await gate.came.wait()
    latter = await world.add(VIDEO)
    gate.set()
    assert await asking == b"of a picture"
    assert await world.of(latter) == b"of a video"


async def test_on_a_full_disk_it_is_answered_all_the_same(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    a_post = await world.add(PICTURE)
    with full_disk():
        assert await world.of(a_post) == b"of a picture"
    assert "the thumbnail of 'm1' is not kept: " in caplog.text
    assert len(world.files) == 1
