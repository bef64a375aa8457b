from dataclasses import replace

import pytest

from orchestrator.feed.prepared import Preparation, as_post, as_print
from tests.orchestrator.store.conformance import NOW, post


def test_a_stored_post_as_the_ranker_needs_it() -> None:
    stored = post("m", likes=5, comments=2, created_at=NOW)
    ranked = as_post(stored)
    assert ranked.created_at_s == NOW.timestamp()
    assert (ranked.media_id, ranked.author_id, ranked.content_type) == ("m", "ann", "meme")
    assert (ranked.likes, ranked.comments) == (5, 2)
    assert ranked.visual is stored.visual
    assert ranked.text is stored.text


@pytest.mark.parametrize(
    ("written", "number"),
    [("00000000000000ff", 255), (None, None), ("ffffffffffffffff", 2**64 - 1)],
)
def test_what_tells_its_copies(written: str | None, number: int | None) -> None:
    stored = post("m", perceptual_hash=written)
    told = as_print(stored)
    assert told.perceptual_hash == number
    assert (told.media_id, told.content_hash, told.text) == ("m", "sha256:00", "MEOW")
    assert told.visual is stored.visual
    assert told.is_video is False
    assert as_print(replace(stored, media_type="video")).is_video is True


def test_a_post_is_prepared_once_until_it_is_read_anew() -> None:
    preparation = Preparation(2)
    stored = post("m")
    first = preparation.of(stored)
    assert preparation.of(stored) is first
    liked = replace(stored, likes=99)
    assert preparation.of(liked).post.likes == 99
    assert preparation.of(liked).post.likes == 99
    assert preparation.of(stored).post.likes == stored.likes


def test_no_more_posts_are_remembered_than_there_is_room_for() -> None:
    preparation = Preparation(2)
    stored = [post(name) for name in "abc"]
    before = [preparation.of(each) for each in stored]
    assert preparation.of(stored[2]) is before[2]
    assert preparation.of(stored[0]) is not before[0]
