from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.duplicates import DuplicateParameters, Print, alike, groups
from ranking.types import Vector

PARAMETERS = DuplicateParameters()


def unit(*components: float) -> Vector:
    vector = np.array(components, dtype=np.float32)
    return vector / np.float32(np.linalg.norm(vector))


PICTURE = Print("a", "sha256:a", 0b1111, "", unit(1, 0, 0))


def copy(media_id: str, **changes: object) -> Print:
    """A copy of PICTURE in another file."""
    whole = replace(PICTURE, media_id=media_id, content_hash=f"sha256:{media_id}")
    return replace(whole, **changes)  # type: ignore[arg-type]


def grouped_ids(
    prints: Sequence[Print], parameters: DuplicateParameters = PARAMETERS
) -> list[list[str]]:
    return [[prints[i].media_id for i in group] for group in groups(prints, parameters)]


def test_the_same_file_whatever_else() -> None:
    again = Print("b", "sha256:a", None, "other", None)
    assert grouped_ids([PICTURE, again]) == [["a", "b"]]


@pytest.mark.parametrize(("flipped", "expected"), [(6, [["a", "b"]]), (7, [])])
def test_a_hash_may_differ_in_six_bits(flipped: int, expected: list[list[str]]) -> None:
    bits = (1 << flipped) - 1 << 40
    assert grouped_ids([PICTURE, copy("b", perceptual_hash=0b1111 | bits)]) == expected


@pytest.mark.parametrize(
    ("hamming", "expected"), [(0, []), (1, [["a", "b"]]), (64, [["a", "b", "far"]])]
)
def test_how_many_bits_is_a_parameter(hamming: int, expected: list[list[str]]) -> None:
    prints = [PICTURE, copy("b", perceptual_hash=0b0111), copy("far", perceptual_hash=2**64 - 16)]
    assert grouped_ids(prints, DuplicateParameters(max_hamming=hamming)) == expected


@pytest.mark.parametrize(
    ("visual", "expected"),
    [
        (unit(0.96, 0.28, 0), [["a", "b"]]),
        (unit(0.94, 0.3412, 0), []),
        (None, []),
    ],
)
def test_the_vectors_must_be_near(visual: Vector | None, expected: list[list[str]]) -> None:
    assert grouped_ids([PICTURE, copy("b", visual=visual)]) == expected


def test_a_video_is_a_copy_of_a_video_and_of_no_picture_that_it_shows() -> None:
    videos = [copy("film", is_video=True), copy("film again", is_video=True)]
    prints = [PICTURE, copy("b"), *videos]
    assert grouped_ids(prints) == [["a", "b"], ["film", "film again"]]
    assert alike(prints, [PICTURE], PARAMETERS).tolist() == [True, True, False, False]
    assert alike(prints, videos[:1], PARAMETERS).tolist() == [False, False, True, True]


def test_pictures_without_a_hash_are_no_copies() -> None:
    faint = [copy("a", perceptual_hash=None), copy("b", perceptual_hash=None)]
    everything = DuplicateParameters(max_hamming=64, min_cosine=-1)
    assert grouped_ids(faint, everything) == []


def test_posts_without_pictures_are_no_copies() -> None:
    assert grouped_ids([Print("a", None, None, "", None), Print("b", None, None, "", None)]) == []


def test_a_template_with_two_texts() -> None:
    """Six memes on one picture: two texts, one of them read a little wrong, and none at all."""
    prints = [
        copy("plain"),
        copy("m1", text="ONE DOES NOT SIMPLY\nWALK INTO MORDOR"),
        copy("m2", text="one does not simply walk into Mordor."),
        copy("m3", text="ONE D0ES NOT SIMPLY WALK INTO MORD0R"),
        copy("p1", text="ONE DOES NOT SIMPLY\nPUSH TO MAIN"),
        copy("p2", text="ONE DOES NOT SIMPLY PUSH T0 MAIN"),
    ]
    assert grouped_ids(prints) == [["m1", "m2", "m3"], ["p1", "p2"]]


def test_chains_join() -> None:
    """a–b by the picture, b–c by the file, c–d by the picture: a and d are ten bits apart."""
    prints = [
        copy("d", perceptual_hash=0b11111_11111_1111),
        copy("a"),
        copy("c", content_hash="file", perceptual_hash=0b11111_1111),
        copy("b", content_hash="file"),
        copy("alone", perceptual_hash=0xFF << 48),
    ]
    assert grouped_ids(prints, DuplicateParameters(max_hamming=5)) == [["a", "b", "c", "d"]]


def test_groups_stand_by_media_id() -> None:
    prints = [copy("z", content_hash="1"), copy("y", content_hash="2", visual=None)]
    prints += [copy("b", content_hash="2", visual=None), copy("a", content_hash="1")]
    assert grouped_ids(prints) == [["a", "z"], ["b", "y"]]
    assert groups(prints, PARAMETERS) == [(3, 0), (2, 1)]


def test_nothing() -> None:
    assert groups([], PARAMETERS) == []
    assert alike([], [PICTURE], PARAMETERS).tolist() == []
    assert alike([PICTURE], [], PARAMETERS).tolist() == [False]


def test_alike_by_file_by_picture_and_not() -> None:
    seen = [PICTURE, Print("file", "sha256:f", None, "", None)]
    prints = [
        copy("resized", perceptual_hash=0b1110),
        copy("with text", text="A CAPTION"),
        Print("again", "sha256:f", None, "", None),
        Print("words", None, None, "", None),
    ]
    assert alike(prints, seen, PARAMETERS).tolist() == [True, False, True, False]
    assert alike(prints, prints, PARAMETERS).tolist() == [True, True, True, False]


@pytest.mark.parametrize(
    "changes", [{"max_hamming": -1}, {"max_hamming": 65}, {"min_cosine": float("nan")}]
)
def test_parameters_that_mean_nothing(changes: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        DuplicateParameters(**changes)  # type: ignore[arg-type]


@st.composite
def some_prints(draw: st.DrawFn) -> list[Print]:
    """Few values of everything, so that many posts meet in some and few in all."""
    count = draw(st.integers(0, 12))
    texts = st.sampled_from(["", "NOT SIMPLY PUSHING TO MAIN", "n0t simply pushing to main", "NO"])
    vectors = st.sampled_from([None, unit(1, 0, 0), unit(0.98, 0.2, 0), unit(0, 1, 0)])
    return [
        Print(
            media_id=f"m{number:02}",
            content_hash=draw(st.sampled_from([None, "f1", "f2", f"own-{number}"])),
            perceptual_hash=draw(st.sampled_from([None, 0, 0b1111, 0xFFFF, 2**64 - 1])),
            text=draw(texts),
            visual=draw(vectors),
        )
        for number in range(count)
    ]


@given(some_prints(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(prints: list[Print], random: object) -> None:
    shuffled = list(prints)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert grouped_ids(shuffled) == grouped_ids(prints)


@given(some_prints())
def test_being_alike_is_symmetric_and_groups_are_its_chains(prints: list[Print]) -> None:
    joined = {item.media_id: {item.media_id} for item in prints}
    for one, other in combinations(prints, 2):
        (forth,), (back,) = (
            alike([one], [other], PARAMETERS),
            alike([other], [one], PARAMETERS),
        )
        assert forth == back
        if forth and joined[one.media_id] is not joined[other.media_id]:
            union = joined[one.media_id] | joined[other.media_id]
            joined.update(dict.fromkeys(union, union))
    expected = {tuple(sorted(ids)) for ids in joined.values() if len(ids) > 1}
    assert {tuple(ids) for ids in grouped_ids(prints)} == expected


@given(some_prints(), some_prints())
def test_alike_to_many_is_alike_to_one_of_them(prints: list[Print], others: list[Print]) -> None:
    expected = [
        any(bool(alike([item], [other], PARAMETERS)[0]) for other in others) for item in prints
    ]
    assert alike(prints, others, PARAMETERS).tolist() == expected
