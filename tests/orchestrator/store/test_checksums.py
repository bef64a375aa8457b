from dataclasses import replace

import numpy as np
import pytest

from orchestrator.store.checksums import VECTOR_TOLERANCE, Checksum, same
from orchestrator.store.collection import Point
from tests.orchestrator.store.conformance import unit

POINT = Point("7", {"b": [1, 2.5, None], "a": "é☃", "c": {"d": True}}, {"visual": unit(3, 4)})
OTHER = replace(POINT, id="8")


def checksum(*points: Point) -> str:
    total = Checksum()
    for point in points:
        total.add(point)
    return total.value


def test_nothing_has_a_checksum_of_zero() -> None:
    assert checksum() == "0" * 64


def test_the_order_does_not_matter_the_number_does() -> None:
    assert checksum(POINT, OTHER) == checksum(OTHER, POINT)
    assert checksum(POINT, POINT) != checksum(POINT)
    # SHA-256 of ["7",{"a":"\u00e9\u2603","b":[1,2.5,null],"c":{"d":true}},{"visual":2}]
    assert checksum(POINT) == "401c9ee91849fe2d37f22a7b6fdb346ec7a16bfcf5c8ccf7b6afb6720f6dd6f6"


@pytest.mark.parametrize(
    "changed",
    [
        OTHER,
        replace(POINT, payload={**POINT.payload, "a": "e"}),
        replace(POINT, payload={**POINT.payload, "e": None}),
        replace(POINT, payload={**POINT.payload, "b": [2.5, 1, None]}),
        replace(POINT, vectors={}),
        replace(POINT, vectors={"text": unit(3, 4)}),
        replace(POINT, vectors={"visual": unit(3, 4, 0)}),
    ],
)
def test_whatever_is_changed_changes_it(changed: Point) -> None:
    assert checksum(changed) != checksum(POINT)
    assert not same(changed, POINT)
    assert not same(POINT, changed)


def test_the_last_bit_of_a_vector_may_differ_and_no_more() -> None:
    vector = POINT.vectors["visual"]
    nearly = replace(POINT, vectors={"visual": np.nextafter(vector, np.float32(1))})
    moved = vector + np.array([2 * VECTOR_TOLERANCE, 0], dtype=np.float32)
    assert same(nearly, POINT)
    assert not same(replace(POINT, vectors={"visual": moved}), POINT)
