"""Answers of a process that may have been taken over: none but sound pictures come through."""

from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from decoding.protocol import Answer, FrameHead, Task, write
from orchestrator.errors import TooLarge, Unavailable, UndecodableMedia
from orchestrator.frames.child import Ended
from orchestrator.frames.parameters import VideoParameters
from orchestrator.frames.verdict import STARVED_SHARE, answer_of, sampled_of, thumbnail_of

TASK = Task(
    container="mp4",
    max_frames=2,
    max_side_px=64,
    thumbnail_px=16,
    max_pixels=10_000,
    max_duration_s=60.0,
    memory_bytes=100_000_000,
    cpu_s=10,
)
WENT_WRONG = "the video can't be decoded: the decoder went wrong on it"


def picture(width: int, height: int, kind: str = "JPEG") -> bytes:
    """One colour."""
    file = BytesIO()
    Image.new("RGB", (width, height), "navy").save(file, kind)
    return file.getvalue()


def answer(*images: bytes, thumbnail: bytes | None = None, **changes: Any) -> Answer:
    """A sound one, but for what is given."""
    sound = Answer(
        duration_s=4.0,
        width=100,
        height=50,
        representative=len(images) - 1,
        frames=tuple(FrameHead(float(i), len(image)) for i, image in enumerate(images)),
        images=images,
        thumbnail=picture(16, 8) if thumbnail is None else thumbnail,
    )
    return replace(sound, **changes)


def heard(written: bytes) -> Answer:
    """What a process is believed that ended well and wrote this."""
    return answer_of(Ended(0, b"", b"", None), written, TASK, timeout_s=8)


def test_a_sound_answer_is_what_was_sampled() -> None:
    first, second = picture(64, 32), picture(64, 30)
    sampled = sampled_of(heard(write(answer(first, second))), TASK)
    assert (sampled.duration_s, sampled.width, sampled.height) == (4.0, 100, 50)
    assert [frame.time_s for frame in sampled.frames] == [0.0, 1.0]
    assert [frame.picture.data for frame in sampled.frames] == [first, second]
    assert [frame.picture.height for frame in sampled.frames] == [32, 30]
    assert sampled.representative is sampled.frames[1]
    assert sampled.thumbnail == picture(16, 8)


@pytest.mark.parametrize(
    "changes",
    [
        {"duration_s": 61.0},
        {"duration_s": -1.0},
        {"duration_s": float("nan")},
        {"width": 0},
        {"width": 300, "height": 300},
        {"representative": 1},
        {"representative": -1},
    ],
    ids=str,
)
def test_what_is_impossible_is_not_believed(changes: dict[str, Any]) -> None:
    with pytest.raises(UndecodableMedia, match=WENT_WRONG):
        heard(write(answer(picture(64, 32), **changes)))


def test_more_frames_than_were_asked_for_are_not_believed() -> None:
    with pytest.raises(UndecodableMedia, match=WENT_WRONG):
        heard(write(answer(*[picture(8, 8)] * 3)))
    with pytest.raises(UndecodableMedia, match=WENT_WRONG):
        heard(write(answer(representative=0)))


@pytest.mark.parametrize(
    "image", [b"<script>", b"\xff\xd8\xff", picture(65, 64)], ids=["html", "cut off", "too large"]
)
def test_frames_that_are_no_pictures_are_thrown_away(image: bytes) -> None:
    with pytest.raises(UndecodableMedia, match=WENT_WRONG):
        sampled_of(answer(picture(8, 8), image), TASK)


@pytest.mark.parametrize(
    "thumbnail",
    [b"", b"\xff\xd8\xff<script>", picture(8, 8, "PNG"), picture(17, 16)],
    ids=["none", "html", "png", "too large"],
)
def test_a_thumbnail_is_a_small_jpeg_or_none_is_given_out(thumbnail: bytes) -> None:
    with pytest.raises(UndecodableMedia, match=WENT_WRONG):
        thumbnail_of(answer(picture(8, 8), thumbnail=thumbnail), TASK)


@pytest.mark.parametrize("waited_s", [2.0, 7.9, 20.0])
def test_a_process_without_a_processor_is_the_machines_fault(waited_s: float) -> None:
    ended = Ended(-9, b"", b"", "timed-out", waited_s)
    with pytest.raises(
        Unavailable, match=r"^the machine was too busy to decode the video within 8 s$"
    ):
        answer_of(ended, b"", TASK, timeout_s=8)


@pytest.mark.parametrize("waited_s", [0.0, 1.99, None])
def test_a_process_that_could_have_run_is_the_uploads_fault(waited_s: float | None) -> None:
    ended = Ended(-9, b"", b"", "timed-out", waited_s)
    with pytest.raises(UndecodableMedia, match=r"^decoding the video takes longer than 8 s$"):
        answer_of(ended, b"", TASK, timeout_s=8)


def test_by_default_no_video_that_ends_in_its_processor_time_is_blamed_for_a_wait() -> None:
    default = VideoParameters()
    assert default.timeout_s * (1 - STARVED_SHARE) >= default.cpu_s


def test_a_request_that_had_less_time_hears_of_that() -> None:
    ended = Ended(-9, b"", b"", "timed-out", 7.0)
    with pytest.raises(Unavailable, match=r"not decoded within the request's time$"):
        answer_of(ended, b"", TASK, timeout_s=None)


def test_processor_time_that_was_used_up_is_so_on_a_busy_machine_too() -> None:
    with pytest.raises(UndecodableMedia, match="takes more than 10 s of processor time"):
        answer_of(Ended(-24, b"", b"", None), b"", TASK, timeout_s=8)


def test_refusals_keep_their_kind_and_their_words() -> None:
    with pytest.raises(TooLarge, match=r"^the video can't be used: it lasts 61 s$"):
        heard(b'{"fault": "too-large", "detail": "it lasts 61 s"}\n')
    with pytest.raises(UndecodableMedia, match=r"^the video can't be used: it is cut off$"):
        heard(b'{"fault": "undecodable", "detail": "it is cut off"}\n')


def test_errors_speak_of_a_picture_where_it_is_one() -> None:
    task = replace(TASK, container="picture", max_frames=0)
    with pytest.raises(
        UndecodableMedia,
        match=r"^the picture can.t be decoded: the decoder crashed on it \(SIGSEGV\)$",
    ):
        answer_of(Ended(-11, b"", b"", None), b"", task, timeout_s=8)
