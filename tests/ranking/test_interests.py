import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranking.interests import Cluster, Masses, Matrix, clusters, cut, natural_count, ward


def angles(*degrees: float) -> Matrix:
    """Unit vectors of a plane."""
    radians = np.radians(degrees)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def cloud(rng: np.random.Generator, centre: Matrix, count: int, spread: float) -> Matrix:
    noise = rng.standard_normal((count, len(centre))) / np.sqrt(len(centre))
    points = centre + spread * noise
    unit: Matrix = (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)
    return unit


def directions(seed: int, count: int, dimension: int = 16) -> Matrix:
    return cloud(np.random.default_rng(seed), np.zeros(dimension, dtype=np.float32), count, 1.0)


def plain_ward(vectors: Matrix, masses: Masses) -> list[float]:
    """Ward as it is defined: of all pairs of clusters, unite the one that costs least."""
    centres = [
        (mass, vector.astype(np.float64)) for mass, vector in zip(masses, vectors, strict=True)
    ]
    heights = []
    while len(centres) > 1:
        height, one, other = min(
            (m * n / (m + n) * float(((c - d) ** 2).sum()), i, j)
            for i, (m, c) in enumerate(centres)
            for j, (n, d) in enumerate(centres[:i])
        )
        (m, c), (n, d) = centres.pop(one), centres.pop(other)
        centres.append((m + n, (m * c + n * d) / (m + n)))
        heights.append(height)
    return heights


def test_three_directions_by_hand() -> None:
    """At 0°, 60° and 180°: |a − b|² is 1, so that uniting them costs ½ · 1.

    The third is at 2 · (1 − cos(150°)·|mean|), |mean| = cos 30°: 1 + ¾ + 2 · cos 30° · cos 30°.
    """
    tree = ward(angles(0, 60, 180), np.ones(3))
    assert tree.pairs[0].tolist() in ([0, 1], [1, 0])
    between = 1.0 + 0.75 + 2 * np.cos(np.radians(30)) ** 2
    assert tree.heights == pytest.approx([0.5, between * 2 / 3], abs=1e-6)


def test_masses_count_as_so_many_copies() -> None:
    copies = ward(angles(0, 0, 40, 100), np.ones(4))
    masses = ward(angles(0, 40, 100), np.array([2.0, 1.0, 1.0]))
    assert copies.heights == pytest.approx([0.0, *masses.heights], abs=1e-6)


@given(st.integers(0, 1000), st.integers(2, 25))
def test_heights_are_those_of_the_cheapest_merge_each_time(seed: int, count: int) -> None:
    vectors = directions(seed, count)
    masses = np.random.default_rng(seed).uniform(0.1, 1, count)
    assert ward(vectors, masses).heights == pytest.approx(plain_ward(vectors, masses), abs=1e-5)


@given(st.integers(0, 1000), st.integers(1, 40), st.data())
def test_heights_add_up_and_a_cut_has_so_many_parts(
    seed: int, count: int, data: st.DataObject
) -> None:
    vectors = directions(seed, count)
    masses = np.random.default_rng(seed).uniform(0.01, 1, count)
    tree = ward(vectors, masses)
    whole = masses.sum() - np.linalg.norm(masses @ vectors) ** 2 / masses.sum()
    assert tree.heights.sum() == pytest.approx(whole, abs=1e-4)
    wanted = data.draw(st.integers(1, count))
    assert len(set(cut(tree, wanted).tolist())) == wanted


def test_a_cut_undoes_the_dearest_merges() -> None:
    labels = cut(ward(angles(0, 5, 90, 96, 200), np.ones(5)), 3)
    assert labels[0] == labels[1]
    assert labels[2] == labels[3]
    assert len({labels[0], labels[2], labels[4]}) == 3


@pytest.mark.parametrize(
    ("heights", "count"),
    [
        ([], 1),
        ([1.0], 2),
        ([0.1, 0.1, 0.11, 3.0], 2),  # the last merge alone is dear
        ([0.1, 0.1, 0.11, 2.0, 2.1, 2.2], 4),  # the last three are
        ([1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7], 4),  # one cloud
        ([0.0, 0.0, 0.0, 1.0], 2),  # copies of two posts
    ],
)
def test_the_count_is_where_merges_become_dear(heights: list[float], count: int) -> None:
    assert natural_count(np.array(heights), most=4) == count


@pytest.mark.parametrize("planted", [2, 3, 5, 8])
@pytest.mark.parametrize("seed", range(3))
def test_planted_clusters_are_found(planted: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    centres = directions(seed, planted, 128)
    sizes = 10 + 5 * np.arange(planted)[::-1]
    vectors = np.concatenate(
        [cloud(rng, centre, size, 0.7) for centre, size in zip(centres, sizes, strict=True)]
    )
    found = clusters(vectors, np.ones(len(vectors)), most=4)
    assert [cluster.mass for cluster in found] == sizes[:4].tolist()
    planted_of = np.repeat(np.arange(planted), sizes)
    assert planted_of[[cluster.medoid for cluster in found]].tolist() == list(range(planted))[:4]


def test_a_medoid_is_the_row_nearest_to_the_mean() -> None:
    (first, second) = clusters(angles(0, 10, 14, 180, 181), np.ones(5), most=4)
    assert (first.medoid, first.mass) == (1, 3.0)
    assert first.mean @ angles(8)[0] > 1 - 1e-6
    assert (second.medoid in {3, 4}, second.mass) == (True, 2.0)


def test_what_counts_little_makes_no_cluster() -> None:
    masses = np.array([1.0, 1.0, 1.0, 1.0, 1e-6])
    found = clusters(angles(0, 1, 90, 91, 180), masses, most=2)
    assert [round(cluster.mass, 3) for cluster in found] == [2.0, 2.0]


def test_copies_and_a_single_row() -> None:
    assert clusters(angles(30), np.array([0.5]), most=4) == [Cluster(0, 0.5, angles(30)[0])]
    found = clusters(angles(*[30] * 20), np.full(20, 1e-300), most=4)
    assert sum(cluster.mass for cluster in found) == pytest.approx(20e-300)
