"""What the Node client adds, from the lines that its benchmark in TypeScript writes."""

import pytest

from benchmarks.node_client import added_ms, timings_of
from benchmarks.timing import Timing

LINES = """\
{"server": "service", "caller": "@feedlens/client", "times_ms": [3, 5, 4]}
{"server": "service", "caller": "fetch", "times_ms": [2.5, 3.5, 9]}
{"server": "recorded page", "caller": "fetch", "times_ms": [1]}
"""


def test_series_are_told_apart_by_server_and_by_caller() -> None:
    assert timings_of(LINES) == {
        "service": {
            "@feedlens/client": Timing("@feedlens/client", (3, 5, 4)),
            "fetch": Timing("fetch", (2.5, 3.5, 9)),
        },
        "recorded page": {"fetch": Timing("fetch", (1,))},
    }


def test_what_is_added_is_the_difference_of_percentiles_and_may_be_negative() -> None:
    timings = timings_of(LINES)["service"]
    p50_ms, p99_ms = added_ms(timings["@feedlens/client"], timings["fetch"])
    assert p50_ms == pytest.approx(0.5)
    # By NumPy's linear percentiles: 4 + 0.98 × (5 − 4) and 3.5 + 0.98 × (9 − 3.5).
    assert p99_ms == pytest.approx(4.98 - 8.89)
