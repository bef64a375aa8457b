from collections.abc import Sequence

import pytest

from decoding.gallery import Chosen, Gallery, Seen
from decoding.scenes import Look, Pixels, look
from tests.support.videos import faded, landscape, plain, text_card

SIZE = (256, 144)
BLACK = plain("black", SIZE)
A, B, C, D = (landscape(seed, SIZE) for seed in (1, 2, 3, 4))
CARD = text_card("SALE 50", SIZE)


def chosen(
    pictures: Sequence[Pixels], at_most: int = 8, room: int = 24, every_s: float = 1.0
) -> Chosen[int] | None:
    """What is chosen of pictures, one a second; a picture taken is its index."""
    gallery: Gallery[int] = Gallery(room)
    for i, picture in enumerate(pictures):
        gallery.offer(Seen(i * every_s, _looks(picture), lambda i=i: i))  # type: ignore[misc]
    return gallery.choose(at_most, len(pictures) * every_s)


_KNOWN: dict[bytes, Look] = {}


def _looks(picture: Pixels) -> Look:
    return _KNOWN.setdefault(picture.tobytes(), look(picture))


def test_of_nothing_nothing_is_chosen() -> None:
    assert chosen([]) is None


def test_a_blank_video_is_still_one_frame() -> None:
    assert chosen([BLACK, plain("white", SIZE), BLACK]) == Chosen((0.0,), (0,), 0)


def test_blank_frames_are_let_go_and_times_ascend() -> None:
    assert chosen([BLACK, A, BLACK, B, BLACK]) == Chosen((1.0, 3.0), (1, 3), 0)


def test_what_was_seen_before_is_let_go_even_after_a_cut() -> None:
    found = chosen([A, A, B, A, B, B])
    assert found is not None
    assert found.pictures == (0, 2)


def test_of_two_alike_the_sharper_is_held() -> None:
    found = chosen([faded(A, 0.4), A, B])
    assert found is not None
    assert found.pictures == (1, 2)


def test_a_fade_and_a_dissolve_leave_no_frame() -> None:
    mixed = ((A.astype(int) + B) // 2).astype("uint8")
    found = chosen([A, A, mixed, B, B, faded(B, 0.5), faded(B, 0.2), BLACK])
    assert found is not None
    assert found.pictures == (0, 3)


def test_the_longest_scene_stands_for_all_though_it_comes_in_parts() -> None:
    found = chosen([A, A, A, B, B, C, B, D, B])
    assert found is not None
    assert found.pictures[found.representative] == 3


def test_black_does_not_stand_for_a_video_that_is_black_mostly() -> None:
    found = chosen([BLACK] * 20 + [A])
    assert found is not None
    assert (found.pictures, found.representative) == ((20,), 0)


def test_a_short_card_is_chosen_before_a_third_frame_of_a_long_scene() -> None:
    import numpy as np

    pan = [np.roll(A, 16 * i, axis=1) for i in range(12)]
    found = chosen([*pan[:6], CARD, *pan[6:]], at_most=3)
    assert found is not None
    assert 6 in found.pictures
    assert len(found.pictures) == 3


@pytest.mark.parametrize("at_most", [1, 2, 4])
def test_no_more_are_chosen_than_asked_for(at_most: int) -> None:
    found = chosen([A, B, C, D, CARD], at_most=at_most)
    assert found is not None
    assert len(found.pictures) == at_most


def test_more_than_it_has_room_for_leave_those_that_differ_most() -> None:
    scenes = [landscape(seed, SIZE) for seed in range(10)]
    found = chosen([*scenes, CARD], at_most=8, room=3)
    assert found is not None
    assert len(found.pictures) == 3
    assert found.times_s == tuple(sorted(found.times_s))


def test_what_is_let_go_is_never_taken() -> None:
    taken: list[int] = []
    gallery: Gallery[int] = Gallery(8)
    for i, picture in enumerate([A, A, BLACK, BLACK, A, B]):

        def take(i: int = i) -> int:
            taken.append(i)
            return i

        gallery.offer(Seen(float(i), _looks(picture), take))
    gallery.choose(8, 6.0)
    assert taken == [0, 2, 5]
