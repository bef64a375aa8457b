from io import BytesIO

import pytest

from decoding.outlines import Outline, outline
from tests.support.videos import animation, landscape

FRAMES = [(landscape(seed, (32, 20)), seconds) for seed, seconds in ((1, 0.02), (2, 0.5), (3, 0.0))]


def test_delays_of_a_gif_are_read_without_decoding() -> None:
    found = outline(BytesIO(animation(FRAMES, "GIF")), "gif")
    assert found == Outline((32, 20), (0.02, 0.5, 0.1))


def test_delays_of_a_webp_are_read_without_decoding() -> None:
    found = outline(BytesIO(animation(FRAMES, "WEBP")), "webp")
    assert found == Outline((32, 20), (0.02, 0.5, 0.1))


def test_a_delay_holds_for_one_frame() -> None:
    header = b"GIF89a" + bytes(7)
    frame = b"\x2c" + bytes(8) + b"\x00" + b"\x02" + b"\x01\x00" + b"\x00"
    control = b"\x21\xf9\x04\x00\x32\x00\x00\x00"
    found = outline(BytesIO(header + control + frame + frame + b"\x3b"), "gif")
    assert found.delays_s == (0.5, 0.1)


@pytest.mark.parametrize("container", ["gif", "webp"])
def test_what_is_neither_is_an_error(container: str) -> None:
    with pytest.raises(EOFError):
        outline(BytesIO(b"something else"), container)
