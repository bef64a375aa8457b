"""Thumbnails that are wanted at once, or of media that are slow to come."""

import asyncio
from pathlib import Path

import pytest

from orchestrator.errors import NotFound, Unavailable
from orchestrator.media.errors import BadStatus, MediaError, TooSlow, Unreachable
from tests.orchestrator.thumbnail_world import (
    PICTURE,
    VIDEO,
    Elsewhere,
    World,
)
from tests.support.fake_models import Gate


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def test_only_what_must_be_made_takes_a_place(tmp_path: Path) -> None:
    world = World(tmp_path, length=1)
    kept, first, second = [await world.add(PICTURE, media_id) for media_id in ("a", "b", "c")]
    await world.of(kept)
    gate = world.decoder.gate = Gate()
    making = asyncio.create_task(world.of(first))
    await gate.came.wait()
    with pytest.raises(Unavailable, match="1 thumbnails of pictures are in work"):
        await world.of(second)
    assert await world.of(kept) == b"of a picture"
    gate.set()
    assert await making == b"of a picture"
    assert await world.of(second) == b"of a picture"


async def test_of_a_hundred_new_ones_two_media_are_held_at_a_time(world: World) -> None:
    posts = [await world.add(PICTURE, f"m{number}") for number in range(100)]
    gate = world.decoder.gate = Gate()
    asking = [asyncio.create_task(world.of(a_post)) for a_post in posts]
    await gate.came.wait()
    await asyncio.sleep(0.05)
    assert world.decoder.calls == ["thumbnail"] * 2
    gate.set()
    assert await asyncio.gather(*asking) == [b"of a picture"] * 100
    assert world.decoder.most == 2


async def test_whose_turn_does_not_come_in_time_is_told_so(world: World) -> None:
    first, *others = [await world.add(PICTURE, media_id) for media_id in ("a", "b", "c")]
    gate = world.decoder.gate = Gate()
    making = [asyncio.create_task(world.of(a_post)) for a_post in (first, others[0])]
    await gate.came.wait()
    with pytest.raises(Unavailable, match="thumbnails of pictures are in work"):
        await world.of(others[1], timeout_s=0.05)
    gate.set()
    assert await asyncio.gather(*making) == [b"of a picture"] * 2
    assert await world.of(others[1]) == b"of a picture"


async def test_slow_hosts_keep_nobody_from_kept_uploads(tmp_path: Path) -> None:
    world = World(tmp_path, media=(elsewhere := Elsewhere()))
    away = [world.put(f"far{number}", media_url="https://slow.example/a") for number in range(9)]
    asking = [asyncio.create_task(world.of(a_post, timeout_s=0.5)) for a_post in away]
    for _ in range(2):
        await elsewhere.asked()
    for number in range(20):
        assert await world.of(await world.add(PICTURE, f"near{number}")) == b"of a picture"
    assert await world.of(await world.add(VIDEO, "film")) == b"of a video"
    assert not any(task.done() for task in asking)
    assert elsewhere.times_asked == 2
    found = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(failure) for failure in found] == [Unavailable] * 9


async def test_pictures_do_not_wait_for_videos(world: World) -> None:
    gate = world.decoder.gate = Gate()
    films = [await world.add(VIDEO, f"film{number}") for number in range(3)]
    asking = [asyncio.create_task(world.of(film)) for film in films]
    await gate.came.wait()
    world.decoder.gate = None
    assert await world.of(await world.add(PICTURE)) == b"of a picture"
    assert world.decoder.calls == ["sample", "thumbnail"]
    gate.set()
    assert await asyncio.gather(*asking) == [b"of a video"] * 3


async def test_a_medium_that_is_slow_to_come_is_not_waited_for_too_long(tmp_path: Path) -> None:
    world = World(tmp_path, media=Elsewhere())
    with pytest.raises(Unavailable, match="the medium of 'm1' did not come in time"):
        await world.of(world.put(media_url="cat.png"), timeout_s=0.05)


async def test_who_has_more_time_than_the_first_tries_again(tmp_path: Path) -> None:
    world = World(tmp_path, media=(elsewhere := Elsewhere()))
    a_post = world.put(content_hash=PICTURE.content_hash, media_url="https://slow.example/a")
    first = asyncio.create_task(world.of(a_post, timeout_s=0.1))
    await elsewhere.asked()
    joined = [asyncio.create_task(world.of(a_post, timeout_s=each)) for each in (3, 5, 4)]
    with pytest.raises(Unavailable, match="the medium of 'm1' did not come in time"):
        await first
    second = await elsewhere.asked()
    assert not any(task.done() for task in joined)
    second.set_result(PICTURE)
    assert await asyncio.gather(*joined) == [b"of a picture"] * 3
    assert elsewhere.times_asked == 2


async def test_who_has_less_time_than_the_first_leaves_it_alone(world: World) -> None:
    a_post = await world.add(PICTURE)
    gate = world.decoder.gate = Gate()
    first = asyncio.create_task(world.of(a_post))
    await gate.came.wait()
    with pytest.raises(Unavailable, match="was not made within the request's time"):
        await world.of(a_post, timeout_s=0.02)
    gate.set()
    assert await first == b"of a picture"
    assert world.decoder.calls == ["thumbnail"]


@pytest.mark.parametrize(
    "failure",
    [TooSlow("at h"), Unreachable("at h"), BadStatus("h 500", status=500)],
    ids=lambda failure: failure.reason,
)
async def test_what_is_away_for_a_moment_may_be_asked_for_again(
    tmp_path: Path, failure: MediaError
) -> None:
    world = World(tmp_path, media=(elsewhere := Elsewhere()))
    a_post = world.put(content_hash=PICTURE.content_hash, media_url="https://h.example/a")
    elsewhere.failure = failure
    asking = (world.of(a_post) for _ in range(3))
    found = await asyncio.gather(*asking, return_exceptions=True)
    expected = f"the medium of 'm1' is away for now ({failure.reason})"
    assert [isinstance(each, Unavailable) and each.detail for each in found] == [expected] * 3
    # Nobody asks a host again that has just failed.
    assert elsewhere.times_asked == 1
    elsewhere.failure = None
    again = asyncio.create_task(world.of(a_post))
    (await elsewhere.asked()).set_result(PICTURE)
    assert await again == b"of a picture"


async def test_what_its_host_does_not_have_is_not_found(tmp_path: Path) -> None:
    world = World(tmp_path, media=(elsewhere := Elsewhere()))
    elsewhere.failure = BadStatus("h answered 410 Gone", status=410)
    with pytest.raises(NotFound, match=r"its medium can't be had \(http-status\)$"):
        await world.of(world.put(media_url="https://h.example/a"))


async def test_closing_ends_what_is_being_made(world: World) -> None:
    a_post = await world.add(PICTURE)
    gate = world.decoder.gate = Gate()
    asking = asyncio.create_task(world.of(a_post))
    await gate.came.wait()
    await world.thumbnails.close()
    with pytest.raises(asyncio.CancelledError):
        await asking
