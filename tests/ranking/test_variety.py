import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.variety import author_variety, count_before, type_variety, variety


def test_ten_posts_of_a_type_halve_its_welcome() -> None:
    assert type_variety(np.array([0, 10, 30])) == pytest.approx([1.0, 0.5, 0.25])


def test_each_post_by_an_author_halves_theirs() -> None:
    assert author_variety(np.array([0, 1, 3])) == pytest.approx([1.0, 0.5, 0.125])


def test_the_diversity_of_an_order_by_hand() -> None:
    # types 0, 0, 1, 0 and authors 0, 1, 0, 0:
    # 1; ½·10/11 + ½; ½ + ¼; ½·10/12 + ⅛
    diversity = variety(np.array([0, 0, 1, 0]), np.array([0, 1, 0, 0]))
    assert diversity == pytest.approx([1.0, 5 / 11 + 0.5, 0.75, 5 / 12 + 0.125])


@given(st.lists(st.integers(0, 3)))
def test_counts_are_those_of_counting(codes: list[int]) -> None:
    counts = count_before(np.array(codes, dtype=np.int64))
    assert counts.tolist() == [codes[:place].count(code) for place, code in enumerate(codes)]
