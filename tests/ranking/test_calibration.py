import numpy as np
import pytest

from ranking.calibration import Calibration


def test_between_and_beyond_the_knots() -> None:
    calibration = Calibration("by hand", (0.2, 0.4, 0.8), (0.0, 0.5, 1.0))
    values = calibration(np.array([-1.0, 0.2, 0.3, 0.6, 0.9]))
    assert values == pytest.approx([0.0, 0.0, 0.25, 0.75, 1.0])


def test_a_missing_cosine_stays_missing() -> None:
    assert np.isnan(Calibration("by hand", (0.0, 1.0), (0.0, 1.0))(np.array([np.nan]))).all()


@pytest.mark.parametrize(
    ("cosines", "values", "message"),
    [
        ((0.0,), (0.0,), "two knots"),
        ((0.0, 1.0), (0.0,), "in pairs"),
        ((0.5, 0.5), (0.0, 1.0), "cosines must rise"),
        ((0.0, 1.0), (1.0, 0.0), "values must not fall"),
        ((0.0, 1.0), (0.0, 1.1), r"\[0, 1\]"),
    ],
)
def test_knots_that_are_no_monotone_map_are_refused(
    cosines: tuple[float, ...], values: tuple[float, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Calibration("bad", cosines, values)
