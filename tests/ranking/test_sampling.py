import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.fitting import separation
from ranking.sampling import (
    HISTORY,
    NEIGHBOURHOODS,
    Matrix,
    grouped,
    leave_one_out,
    mean_samples,
    means_to_random,
    nearest_pairs,
    nearest_to_random,
    nearest_within,
    neighbourhoods,
    pair_samples,
    random_pairs,
)


def angles(*degrees: float) -> Matrix:
    """Unit vectors of a plane."""
    radians = np.radians(degrees)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def cos(*degrees: float) -> list[float]:
    return np.cos(np.radians(degrees)).tolist()


def themes(seed: int, count: int, size: int) -> list[Matrix]:
    """`count` themes of `size` posts around a random direction each."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        posts = rng.standard_normal(32) + 0.7 * rng.standard_normal((size, 32))
        posts /= np.linalg.norm(posts, axis=1, keepdims=True)
        found.append(posts.astype(np.float32))
    return found


def test_random_pairs_are_of_different_rows() -> None:
    found = random_pairs(angles(0, 60, 180), count=500, seed=1)
    assert {round(cosine, 3) for cosine in found} == {0.5, -1.0, -0.5}
    assert len(found) == 500
    assert np.array_equal(found, random_pairs(angles(0, 60, 180), count=500, seed=1))
    assert not np.array_equal(found, random_pairs(angles(0, 60, 180), count=500, seed=2))
    assert len(random_pairs(angles(0), count=5, seed=1)) == 0


def test_the_nearest_is_no_copy() -> None:
    found = nearest_pairs(angles(0, 0, 30, 100))
    assert found == pytest.approx(cos(30, 30, 30, 70), abs=1e-6)
    assert len(nearest_pairs(angles(0, 0))) == 0


def test_neighbourhoods_start_with_their_post() -> None:
    found = neighbourhoods(angles(0, 10, 25, 180), 3)
    assert [history[0].tolist() for history in found] == angles(0, 10, 25, 180).tolist()
    assert sorted(found[0].tolist()) == sorted(angles(0, 10, 25).tolist())
    assert neighbourhoods(angles(0, 10), 3) == []


def test_enough_neighbourhoods_are_enough() -> None:
    vectors = np.concatenate(themes(0, 250, 10))
    found = neighbourhoods(vectors, 2)
    np.testing.assert_array_equal([pair[0] for pair in found], vectors[:NEIGHBOURHOODS])


def test_each_liked_post_meets_the_mean_of_the_others() -> None:
    # the mean of 0° and 60° lies at 30°, and so on
    found = leave_one_out([angles(0, 60, 90), angles(0, 180), angles(5)])
    assert found == pytest.approx([*cos(75, 15, 60), -1.0, -1.0], abs=1e-6)


def test_the_nearest_of_what_one_viewer_liked() -> None:
    found = nearest_within([angles(0, 60, 90), angles(0, 0), angles(10, 10, 35)])
    assert found == pytest.approx(cos(60, 30, 30, 25, 25, 25), abs=1e-6)


def test_random_posts_meet_what_is_nearest_but_one() -> None:
    found = nearest_to_random([angles(30, 60, 90)], angles(30), count=3, seed=0)
    assert found == pytest.approx(cos(30, 30, 30))
    assert len(nearest_to_random([angles(0, 30)], angles(30), count=3, seed=0)) == 0
    assert len(nearest_to_random([], angles(30), count=3, seed=0)) == 0


def test_means_meet_random_posts() -> None:
    found = means_to_random([angles(0, 60), angles(0, 180)], angles(30), count=4, seed=0)
    assert found == pytest.approx([1.0] * 4)
    assert len(means_to_random([angles(0, 180)], angles(30), count=4, seed=0)) == 0
    assert len(means_to_random([], angles(30), count=4, seed=0)) == 0


@given(st.integers(0, 60), st.integers(0, 100))
def test_grouped_loses_nothing(count: int, seed: int) -> None:
    liked = np.arange(count, dtype=np.float32)[:, None]
    groups = grouped(liked, seed=seed)
    assert all(2 <= len(group) <= HISTORY for group in groups)
    kept = sorted(float(row[0]) for group in groups for row in group)
    assert kept == ([] if count < 2 else liked[:, 0].tolist())


@pytest.mark.parametrize("with_histories", [True, False])
def test_related_posts_stand_apart(with_histories: bool) -> None:
    found = themes(0, 20, 12)
    vectors = np.concatenate(found)
    histories = [group for theme in found for group in grouped(theme, seed=1)]
    for draw in (pair_samples, mean_samples):
        drawn = draw(vectors, histories if with_histories else [], count=1000, seed=3)
        assert len(drawn.background) == 1000
        assert len(drawn.related) >= 200
        assert separation(drawn.background, drawn.related) > 0.9


def test_tastes_without_themes_do_not() -> None:
    vectors = np.concatenate(themes(0, 300, 1))
    histories = [vectors[start : start + 6] for start in range(0, 300, 6)]
    for draw in (pair_samples, mean_samples):
        drawn = draw(vectors, histories, count=3000, seed=3)
        assert separation(drawn.background, drawn.related) == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("draw", [pair_samples, mean_samples])
@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_posts_make_no_samples(draw: object, count: int) -> None:
    assert callable(draw)
    drawn = draw(angles(0, 40)[:count], [], count=10, seed=0)
    assert len(drawn.related) <= 2
