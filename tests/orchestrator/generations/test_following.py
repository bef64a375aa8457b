"""Uploads into the generation beside the one that serves."""

from dataclasses import replace
from typing import cast

import pytest

from orchestrator.generations.following import Followers
from orchestrator.store.protocol import Store
from tests.orchestrator.generations.conftest import Two
from tests.orchestrator.generations.pictures import picture
from tests.orchestrator.store.conformance import post
from tests.support.fake_decoder import made_video

PICTURE = picture()


async def test_an_upload_is_filled_soon_after(two: Two) -> None:
    followers = Followers(lambda: [two.filler])
    await two.serving.put_posts([post("m1", content_hash=PICTURE.content_hash)])
    followers.note("m1", PICTURE)
    await followers.settle()
    (filled,) = (await two.beside.get_posts(["m1"], with_vectors=True)).values()
    assert filled.visual == pytest.approx([1, 0, 0, 0])
    assert (followers.filled, followers.missed) == (1, 0)


async def test_a_video_is_filled_though_its_upload_is_over(two: Two) -> None:
    followers = Followers(lambda: [two.filler])
    await two.serving.put_posts([post("m1", media_type="video", content_hash="sha256:v")])
    followers.note("m1", made_video())
    await followers.settle()
    (filled,) = (await two.beside.get_posts(["m1"], with_vectors=True)).values()
    assert filled.visual == pytest.approx([1, 0, 0, 0])
    assert two.models.batches == [3]


async def test_what_can_not_be_filled_is_counted(two: Two) -> None:
    followers = Followers(lambda: [two.filler])
    await two.serving.put_posts([post("m1", content_hash=PICTURE.content_hash)])
    followers.note("m1")
    await followers.settle()
    assert (followers.filled, followers.missed) == (0, 1)


async def test_a_defect_is_counted_too(two: Two, caplog: pytest.LogCaptureFixture) -> None:
    defective = replace(two.filler, store=cast(Store, None))
    followers = Followers(lambda: [defective])
    followers.note("m1", PICTURE)
    await followers.settle()
    assert (followers.filled, followers.missed) == (0, 1)
    assert "AttributeError" in caplog.text


async def test_a_jam_lets_go_what_the_next_backfill_finds(two: Two) -> None:
    followers = Followers(lambda: [two.filler])
    for number in range(40):
        await two.serving.put_posts([post(f"m{number}", content_hash=PICTURE.content_hash)])
    for number in range(40):
        followers.note(f"m{number}", PICTURE)
    await followers.settle()
    assert (followers.filled, followers.missed) == (32, 8)


async def test_without_another_generation_nothing_happens(two: Two) -> None:
    followers = Followers(list)
    followers.note("m1", PICTURE)
    await followers.settle()
    assert (followers.filled, followers.missed) == (0, 0)
