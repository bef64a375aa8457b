import numpy as np
import pytest

from evaluation.world.topics import make_topics


def test_topics_of_a_theme_are_alike_and_others_are_not() -> None:
    topics = make_topics(np.random.default_rng(1))
    cosines = topics.vectors @ topics.vectors.T
    same = topics.theme[:, None] == topics.theme
    np.fill_diagonal(same, False)
    assert np.diag(cosines) == pytest.approx(np.ones(48))
    assert cosines[same].mean() == pytest.approx(0.6, abs=0.05)
    assert cosines[topics.theme[:, None] != topics.theme].mean() == pytest.approx(0.0, abs=0.05)
