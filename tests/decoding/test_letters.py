import numpy as np
import pytest
from PIL import Image

from decoding.letters import letters_share
from decoding.scenes import LOOK_HEIGHT, LOOK_WIDTH, Pixels, look
from tests.support.videos import text_card

SIZE = (LOOK_WIDTH, LOOK_HEIGHT)
FIRST = "doors open at nine\nbring a friend\nfree parking"
SECOND = "last train at one\nfood from farms\nsee you soon"


def card(words: str) -> Pixels:
    """A slide with small words on white."""
    return text_card(words, SIZE, ground="white", ink="black", height_px=14)


def share(one: Pixels, other: Pixels) -> float:
    """Of letters by which two frames differ."""
    seen, again = look(one), look(other)
    luma = [each.luma.reshape(LOOK_HEIGHT, LOOK_WIDTH) for each in (seen, again)]
    edges = (seen.edges | again.edges).reshape(LOOK_HEIGHT, LOOK_WIDTH)
    return letters_share(luma[0], luma[1], edges)


def test_other_words_differ_by_their_letters_whichever_come_first() -> None:
    there, back = share(card(FIRST), card(SECOND)), share(card(SECOND), card(FIRST))
    assert there == back
    assert 0.02 < there < 0.2
    assert share(card(FIRST), card(FIRST)) == 0


@pytest.mark.parametrize("step_px", [1, 2, 3])
def test_words_that_a_camera_moved_are_the_same(step_px: int) -> None:
    assert share(card(FIRST), np.roll(card(FIRST), step_px, axis=1)) == 0
    assert share(card(FIRST), np.roll(card(FIRST), step_px, axis=0)) == 0


def test_words_that_a_camera_nears_are_the_same() -> None:
    nearer = Image.fromarray(card(FIRST)).resize(SIZE, box=(3, 1.7, 253, 142.3))
    assert share(card(FIRST), np.asarray(nearer)) == 0


def test_words_too_faint_to_be_followed_are_other_words() -> None:
    ground = np.full((LOOK_HEIGHT, LOOK_WIDTH, 3), 100, np.uint8)
    dots = ground.copy()
    dots[8:-8:4, 8:-8:4] = 145
    # One pixel of sixteen changes by 45, and by 11 once it is blurred.
    assert share(ground, dots) == pytest.approx(60 * 32 / (LOOK_HEIGHT * LOOK_WIDTH))
