import struct
from datetime import datetime, timezone

import numpy as np
import pytest

from orchestrator.feed.taste_blob import KeptTaste, taste_bytes, taste_from
from ranking.types import Interest, Taste, Viewer
from tests.orchestrator.store.conformance import unit

MOMENT = datetime(2026, 11, 1, 12, 0, 0, 250, tzinfo=timezone.utc)
TASTE = KeptTaste(
    viewer=Viewer(
        visual=Taste(
            interests=(
                Interest(unit(1, 0, 0, 0), 1.0, "é☃"),
                Interest(unit(0, 3, 4, 0), 0.25, None),
            ),
            avoided=(Interest(unit(0, 0, 0, 1), 0.5, "m3"),),
        ),
        text=Taste(interests=(Interest(unit(0, 1, 2), 1.0, "m4"),)),
    ),
    events=7,
    built_at=MOMENT,
)


def rows(taste: Taste) -> list[list[tuple[str | None, float, list[float]]]]:
    return [
        [(one.media_id, one.weight, one.vector.tolist()) for one in interests]
        for interests in (taste.interests, taste.avoided)
    ]


def test_a_taste_comes_back_as_it_was() -> None:
    found, version = taste_from(taste_bytes(TASTE, b"\x01\xff"))
    assert version == b"\x01\xff"
    assert (found.events, found.built_at) == (7, MOMENT)
    assert rows(found.viewer.visual) == rows(TASTE.viewer.visual)
    assert rows(found.viewer.text) == rows(TASTE.viewer.text)
    assert {one.vector.dtype for one in found.viewer.visual.interests} == {np.dtype(np.float32)}


def test_the_taste_of_nobody() -> None:
    nobody = KeptTaste(Viewer(), 0, MOMENT)
    assert taste_from(taste_bytes(nobody, b"")) == (nobody, b"")


WHOLE = taste_bytes(TASTE, b"1")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"abc",
        WHOLE[:-4],
        WHOLE[:-1],
        WHOLE + bytes(4),
        struct.pack("<I", 2) + b"{}",
        struct.pack("<I", 2) + b"[]",
        struct.pack("<I", 90_000) + b"{}",
    ],
)
def test_bytes_of_no_taste(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        taste_from(content)
