import numpy as np
import pytest

from ranking.calibration import Calibration
from ranking.similarity import Line, Modality, kernel, similarity, similarity_and_sameness
from ranking.types import Vector
from ranking.vectors import VectorTable

LINE = Line(0.2, 0.8)
ALL = np.arange(3)


def table(*vectors: Vector | None) -> VectorTable:
    made = VectorTable.of(vectors)
    assert made is not None
    return made


def at(cosine: float) -> Vector:
    """A unit vector at this cosine to (1, 0)."""
    return np.array([cosine, np.sqrt(1 - cosine**2)], dtype=np.float32)


def test_a_line_goes_from_where_the_map_rises_to_its_top() -> None:
    line = Line.along(Calibration("", (0.0, 0.4, 0.7, 0.9, 1.0), (0.2, 0.2, 0.7, 1.0, 1.0)))
    assert line == (0.4, 0.9)


def test_a_line_of_two_knots() -> None:
    assert Line.along(Calibration("", (0.4, 0.9), (0.0, 1.0))) == (0.4, 0.9)


def test_a_flat_map_has_no_line() -> None:
    assert Line.along(Calibration("", (-1.0, 1.0), (0.5, 0.5))) is None


def test_similarity_of_one_modality_by_hand() -> None:
    modality = Modality(table(at(1.0), at(0.5), at(0.1)), LINE, 0.3)
    # (0.5 − 0.2) / 0.6 and, clipped, (0.1 − 0.2) / 0.6
    assert similarity([modality], ALL)[0] == pytest.approx([1.0, 0.5, 0.0], abs=1e-6)


def test_what_is_common_makes_nothing_alike() -> None:
    """Both vectors lean by 0.6 to the third axis; without it they are at right angles."""
    rows = (np.array(row, dtype=np.float32) for row in ([0.8, 0.0, 0.6], [0.0, 0.8, 0.6]))
    plain = Modality(table(*rows), Line(0.0, 1.0), 0.3)
    without = plain._replace(common=(0.0, 0.0, 1.0))
    both = np.arange(2)
    assert similarity([plain], both)[0, 1] == pytest.approx(0.36)
    assert similarity([without], both) == pytest.approx(np.eye(2), abs=1e-6)


def test_modalities_are_averaged_by_share_where_both_posts_have_them() -> None:
    visual = Modality(table(at(1.0), at(0.5), at(0.5)), LINE, 0.3)
    text = Modality(table(at(1.0), at(0.8), None), LINE, 0.1)
    # (0.3·0.5 + 0.1·1) / 0.4, then the visual side alone
    assert similarity([visual, text], ALL)[0] == pytest.approx([1.0, 0.625, 0.5], abs=1e-6)


def test_posts_that_share_no_modality_are_not_alike() -> None:
    visual = Modality(table(at(1.0), None), LINE, 0.3)
    text = Modality(table(None, at(1.0)), LINE, 0.1)
    assert similarity([visual, text], np.array([0, 1])).tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_only_the_rows_asked_for_in_their_order() -> None:
    modality = Modality(table(at(1.0), at(0.5), at(0.1)), LINE, 0.3)
    whole = similarity([modality], ALL)
    assert similarity([modality], np.array([2, 0])) == pytest.approx(whole[[2, 0]][:, [2, 0]])


def test_a_kernel_takes_away_what_all_have_in_common() -> None:
    modality = Modality(table(at(1.0), at(0.6), at(0.1)), LINE, 0.3)
    # (0.6 − 0.2) / 0.8, (0.1 − 0.2) / 0.8
    assert kernel([modality], ALL)[0] == pytest.approx([1.0, 0.5, -0.125], abs=1e-6)


def test_sameness_is_the_nearest_modalitys_and_small_below_the_top() -> None:
    visual = Modality(table(at(1.0), at(0.9), at(0.1)), LINE, 0.3)
    text = Modality(table(at(1.0), at(0.5), None), LINE, 0.1)
    alike, same = similarity_and_sameness([visual, text], ALL)
    assert alike == pytest.approx(similarity([visual, text], ALL), abs=1e-6)
    # ((0.9 − 0.2) / 0.8)^4 of the pictures; that of the texts is less
    assert same[0] == pytest.approx([1.0, (0.7 / 0.8) ** 4, 0.0], abs=1e-5)
    assert same[2, 2] == pytest.approx(1.0, abs=1e-5)
