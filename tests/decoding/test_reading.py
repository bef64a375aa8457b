from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from decoding.protocol import Container
from tests.decoding.asking import decoded, nearest, pictures, refused, times
from tests.support.odd_videos import (
    audio_only,
    cut_short,
    damaged,
    eight_k,
    emptied,
    endless_mp4,
    header_first,
    no_stream,
    song_with_cover,
    twelve_hours,
    uneven,
    zero_frames,
)
from tests.support.videos import (
    Format,
    Scene,
    animation,
    landscape,
    of_frames,
    plain,
    text_card,
    video,
)

BEACH, CITY, FIELD = (landscape(seed, grain=2) for seed in (1, 2, 3))
CARD = text_card("SALE 50 %")
STORY = (Scene(BEACH, 3), Scene(CARD, 1), Scene(plain("black"), 1), Scene(CITY, 2), Scene(FIELD, 1))
ONE_KEYFRAME = {"g": "9999", "sc_threshold": "0"}


@pytest.mark.parametrize(
    ("container", "codec", "pix_fmt"),
    [
        ("mp4", "libx264", "yuv420p"),
        ("mp4", "libx264", "yuv444p"),
        ("mp4", "mpeg4", "yuv420p"),
        ("mp4", "libx265", "yuv420p"),
        ("mp4", "libx265", "yuv420p10le"),
        ("mp4", "libsvtav1", "yuv420p"),
        ("mov", "libx264", "yuv420p"),
        ("mov", "mjpeg", "yuvj420p"),
        ("mov", "prores_ks", "yuv422p10le"),
        ("mkv", "libx264", "yuv420p"),
        ("webm", "libvpx", "yuv420p"),
        ("webm", "libvpx-vp9", "yuv420p"),
    ],
)
def test_a_frame_of_every_scene_is_found_in_every_kind_of_file(
    container: Format, codec: str, pix_fmt: str
) -> None:
    data = video(*STORY, container=container, codec=codec, pix_fmt=pix_fmt, silence=True)
    answer = decoded(data, "mp4" if container in ("mp4", "mov") else "matroska")

    assert answer.duration_s == pytest.approx(8, abs=0.1)
    assert (answer.width, answer.height) == (320, 180)
    assert len(answer.frames) == 4
    for scene, start, end in ((BEACH, 0, 3), (CARD, 3, 4), (CITY, 5, 7), (FIELD, 7, 8)):
        at_s, distance = nearest(answer, scene)
        assert start <= at_s < end
        assert distance < 8
    assert answer.representative == 0
    assert times(answer) == sorted(times(answer))


def test_a_video_with_one_keyframe_is_seen_throughout() -> None:
    data = video(*STORY, Scene(text_card("THE END"), 0.5), options=ONE_KEYFRAME, fps=30)
    answer = decoded(data)
    starts = [(0, 3), (3, 4), (5, 7), (7, 8), (8, 8.5)]
    assert [any(start <= at < end for at in times(answer)) for start, end in starts] == [True] * 5


def test_a_scene_of_half_a_second_is_found_among_ten() -> None:
    data = video(Scene(BEACH, 6.3, 1), Scene(CARD, 0.5), Scene(BEACH, 3.2, 1), options=ONE_KEYFRAME)
    at_s, distance = nearest(decoded(data), CARD)
    assert 6.3 <= at_s < 6.8
    assert distance < 5


def test_a_scene_of_two_seconds_in_ten_minutes_is_found_by_its_keyframe() -> None:
    still = [(BEACH, i / 2) for i in range(1200)]
    shown = [(CARD if 306.5 <= at_s < 308.5 else picture, at_s) for picture, at_s in still]
    answer = decoded(of_frames(shown, frame_s=0.5, options={"g": "40"}))
    at_s, distance = nearest(answer, CARD)
    assert answer.duration_s == 600
    assert 306.5 <= at_s < 308.5
    assert distance < 5


def test_it_answers_the_same_every_time() -> None:
    data = video(*STORY)
    assert decoded(data) == decoded(data)


def test_no_more_frames_than_asked_for_and_none_larger() -> None:
    answer = decoded(video(*STORY), max_frames=2, max_side_px=160, thumbnail_px=50)
    assert len(answer.frames) == 2
    assert {picture.shape for picture in pictures(answer)} == {(90, 160, 3)}
    assert Image.open(BytesIO(answer.thumbnail)).size == (50, 28)
    assert (answer.width, answer.height) == (320, 180)


def test_many_frames_can_be_asked_for() -> None:
    scenes = [landscape(seed, grain=2) for seed in range(20)]
    answer = decoded(video(*(Scene(scene, 1) for scene in scenes)), max_frames=20)
    assert len(answer.frames) == 20
    assert all(nearest(answer, scene)[1] < 8 for scene in scenes)


def test_large_frames_are_scaled_down() -> None:
    size = (2560, 1440)
    card = text_card("LARGE", size)
    answer = decoded(video(Scene(landscape(1, size), 0.5), Scene(card, 0.5)), max_side_px=640)
    assert (answer.width, answer.height) == size
    small = np.asarray(Image.fromarray(card).resize((640, 360)))
    at_s, distance = nearest(answer, small)
    assert 0.5 <= at_s < 1
    assert distance < 5


def test_letters_stay_readable() -> None:
    card = text_card("small letters here", (640, 360), ground="navy", ink="red", height_px=14)
    answer = decoded(video(Scene(card, 1), options={"crf": "10"}, pix_fmt="yuv444p"))
    assert np.abs(pictures(answer)[0].astype(int) - card).max() < 100


def test_the_thumbnail_is_of_the_frame_that_stands_for_it() -> None:
    answer = decoded(video(Scene(BEACH, 1), Scene(CITY, 3), Scene(FIELD, 1)))
    assert answer.representative == 1
    small = np.asarray(Image.open(BytesIO(answer.thumbnail)).resize((320, 180))).astype(int)
    assert np.abs(small - CITY).mean() < np.abs(small - BEACH).mean() / 2


def test_a_blank_video_is_one_frame() -> None:
    answer = decoded(video(Scene(plain("black"), 2)))
    assert len(answer.frames) == 1
    assert pictures(answer)[0].max() < 20


def test_one_frame_is_one_frame() -> None:
    answer = decoded(uneven([BEACH], [0.0]))
    assert times(answer) == [0.0]
    assert nearest(answer, BEACH)[1] < 8


@pytest.mark.parametrize(("container", "told"), [("mp4", "mp4"), ("mkv", "matroska")])
def test_times_of_a_variable_frame_rate_are_its_own(container: Format, told: Container) -> None:
    starts = [0.0, 0.04, 2.5, 2.533, 7.777]
    answer = decoded(uneven([BEACH, BEACH, CITY, CITY, FIELD], starts, container), told)
    assert len(answer.frames) == 3
    for scene, expected in ((BEACH, (0.0, 0.04)), (CITY, (2.5, 2.533)), (FIELD, (7.777,))):
        assert nearest(answer, scene)[0] in expected


def test_a_live_recording_that_does_not_say_its_length_has_one() -> None:
    shown = [(picture, i + j / 10) for i, picture in enumerate((BEACH, CITY)) for j in range(10)]
    data = of_frames(shown, container="webm", muxer_options={"live": "1"}, seconds=2, looped=3)
    answer = decoded(data, "matroska")
    assert answer.duration_s == pytest.approx(5.9, abs=0.15)
    assert len(answer.frames) == 2


def test_a_fragmented_mp4_is_seen_to_its_end() -> None:
    shown = [
        (picture, 2 * i + j / 10) for i, picture in enumerate((BEACH, CITY)) for j in range(20)
    ]
    flags = {"movflags": "frag_keyframe+empty_moov"}
    answer = decoded(of_frames(shown, muxer_options=flags, options={"g": "10"}))
    assert answer.duration_s == pytest.approx(4, abs=0.3)
    assert nearest(answer, CITY)[1] < 8


def test_an_mp4_that_was_cut_off_is_refused_where_its_index_is_gone() -> None:
    error = refused(cut_short(video(*STORY), 0.7))
    assert (error.fault, "cut off" in error.detail) == ("undecodable", True)


@pytest.mark.parametrize("container", ["mp4", "matroska"])
def test_of_a_file_that_was_cut_off_what_is_there_is_shown(container: Container) -> None:
    made = header_first(video(*STORY)) if container == "mp4" else video(*STORY, container="mkv")
    answer = decoded(cut_short(made, 0.6), container)
    assert nearest(answer, BEACH)[1] < 8
    assert max(times(answer)) < 7


def test_of_a_damaged_file_what_is_whole_is_shown() -> None:
    answer = decoded(damaged(video(*STORY, options={"g": "10"}), 0.3, 0.4))
    assert nearest(answer, BEACH)[1] < 8
    assert nearest(answer, FIELD)[1] < 8


@pytest.mark.parametrize(
    ("data", "container", "says"),
    [
        (audio_only(), "mp4", "no video stream (audio only)"),
        (audio_only("webm"), "matroska", "no video stream (audio only)"),
        (song_with_cover(), "mp4", "no video stream (audio only)"),
        (no_stream(), "mp4", "no video stream"),
        (zero_frames(), "mp4", "no video stream"),
        (zero_frames("mkv"), "matroska", "damaged or cut off"),
        (emptied(video(Scene(BEACH, 1))), "mp4", "damaged or cut off"),
        (b"", "mp4", "damaged or cut off"),
        (b"no video at all" * 99, "mp4", "damaged or cut off"),
        (b"no video at all" * 99, "matroska", "damaged or cut off"),
        (video(Scene(BEACH, 1)), "matroska", "damaged or cut off"),
        (video(Scene(BEACH, 1), container="mkv"), "mp4", "damaged or cut off"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "mp4", "damaged or cut off"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "matroska", "damaged or cut off"),
    ],
)
def test_what_has_no_frame_is_refused(data: bytes, container: Container, says: str) -> None:
    error = refused(data, container)
    assert error.fault == "undecodable"
    assert says in error.detail


def test_too_large_frames_are_refused_with_their_size() -> None:
    error = refused(eight_k())
    assert error.fault == "too-large"
    assert "7680 × 4320 = 33,177,600 pixels; at most 9,437,184" in error.detail


def test_too_long_videos_are_refused_with_their_length() -> None:
    error = refused(twelve_hours())
    assert error.fault == "too-large"
    assert "43,200 s; at most 7,200 s" in error.detail


def test_one_that_is_longer_than_its_header_says_is_refused_too() -> None:
    lying = uneven([landscape(seed) for seed in range(5)], [0.0, 0.04, 3.0, 3.02, 9.0])
    assert decoded(lying).duration_s == pytest.approx(9.0)
    error = refused(lying, max_duration_s=8.0)
    assert (error.fault, error.detail) == (
        "too-large",
        "it lasts 9 s; at most 8 s are accepted",
    )


def test_many_large_frames_are_not_all_decoded() -> None:
    answer = decoded(endless_mp4(frames=2_000, size=(1920, 1080)))
    assert answer.duration_s == 100
    assert len(answer.frames) == 1


@pytest.mark.parametrize("file_format", ["GIF", "WEBP"])
def test_animations_are_sampled_as_videos_are(file_format: str) -> None:
    shown = [(BEACH, 0.5), (plain("black"), 0.5), (CARD, 0.25), (CITY, 1.0), (CITY, 0.5)]
    made = animation(shown, "GIF" if file_format == "GIF" else "WEBP")
    answer = decoded(made, "gif" if file_format == "GIF" else "webp")
    assert answer.duration_s == pytest.approx(2.75)
    assert times(answer) == [0.0, 1.0, 1.25]
    assert answer.representative == 2
    at_s, distance = nearest(answer, CARD)
    assert (at_s, distance < 3) == (1.0, True)
