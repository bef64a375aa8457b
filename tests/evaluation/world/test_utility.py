import numpy as np
import pytest

from evaluation.world.catalogue import HOUR_S, Catalogue
from evaluation.world.people import Person
from evaluation.world.utility import clearly_relevant, gain, utility

NOW_S = 1000 * HOUR_S
CATALOGUE = Catalogue(
    mix=np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]),
    latent=np.eye(3),
    burst=np.arange(3),
    author=np.arange(3),
    content_type=np.zeros(3, dtype=np.int64),
    quality=np.array([0.5, 1.0, 1.0]),
    created_at_s=np.array([NOW_S - 72 * HOUR_S, NOW_S, NOW_S]),
    likes=np.ones(3),
    comments=np.ones(3),
)
PERSON = Person(np.array([0.8, -0.4]), np.array([0.8, -0.4]), np.inf, 10)


def test_utility_by_hand() -> None:
    worth = utility(CATALOGUE, PERSON, np.arange(3), NOW_S)
    # 0.8 · 0.75 · 0.75; (0.4 − 0.2) · 1 · 1; disliked as it is
    assert worth == pytest.approx([0.45, 0.2, -0.4])


def test_what_is_not_wanted_gains_nothing() -> None:
    assert gain(np.array([-0.5, 0.0, 0.3])).tolist() == [0.0, 0.0, 0.3]


def test_clearly_relevant_is_half_as_good_as_the_best() -> None:
    assert clearly_relevant(np.array([0.3, 0.29, -0.1]), 0.6).tolist() == [True, False, False]
    assert clearly_relevant(np.array([0.0, -0.1]), -0.05).tolist() == [False, False]
