from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ranking.greedy import Standing
from ranking.placing import METHODS, DiversityParameters, Method, Placement, place
from ranking.similarity import Line, Modality
from ranking.vectors import VectorTable

PLAIN = DiversityParameters("none")
LINE = Line(0.0, 1.0)


def standing(
    scores: Sequence[float],
    types: Sequence[int] | None = None,
    authors: Sequence[int] | None = None,
    share: float = 0.1,
) -> Standing:
    """Posts of one type by authors of their own, where nothing else is said."""
    return Standing(
        np.array(scores, dtype=np.float64),
        np.full(len(scores), share),
        np.array(types if types is not None else [0] * len(scores)),
        np.array(authors if authors is not None else range(len(scores))),
    )


def modality(*turns: float) -> list[Modality]:
    """Posts on a circle, each at its angle in radians."""
    table = VectorTable.of(
        [np.array([np.cos(turn), np.sin(turn)], dtype=np.float32) for turn in turns]
    )
    assert table is not None
    return [Modality(table, LINE, 1.0)]


def rows(placement: Placement) -> list[int]:
    return placement.rows.tolist()


def test_an_authors_second_post_yields_to_another_author() -> None:
    posts = standing([0.50, 0.49, 0.48], authors=[0, 0, 1])
    # After row 0, of the same type: 0.49 + 0.1·(5/11 + ¼) = 0.560, 0.48 + 0.1·(5/11 + ½) = 0.575.
    assert rows(place(posts, [], PLAIN, limit=None, fixed={})) == [0, 2, 1]


def test_a_run_of_one_type_yields_to_another_type() -> None:
    posts = standing([0.50, 0.50, 0.50, 0.4925], types=[0, 0, 0, 1])
    # After one: 0.5 + 0.1·(5/11 + ½) = 0.5955 > 0.5925; after two: 0.5 + 0.1·(5/12 + ½) = 0.5917.
    assert rows(place(posts, [], PLAIN, limit=None, fixed={})) == [0, 1, 3, 2]


def test_what_stands_before_counts() -> None:
    posts = Standing(np.array([0.50, 0.48]), np.full(2, 0.1), np.zeros(3, int), np.array([0, 1, 0]))
    # the author of row 0 stands before: 0.50 + 0.1·(½·10/11 + ¼) < 0.48 + 0.1·(½·10/11 + ½)
    assert rows(place(posts, [], PLAIN, limit=None, fixed={})) == [1, 0]


def test_ties_break_by_row() -> None:
    assert rows(place(standing([0.5] * 4), [], PLAIN, limit=None, fixed={})) == [0, 1, 2, 3]


def test_a_copy_yields_to_something_else() -> None:
    posts = standing([0.5, 0.45, 0.4], share=0.0)
    alike = modality(0.0, 0.1, np.pi / 2)
    # 0.45 − 0.2·cos 0.1 < 0.4 − 0.2·0; then the second is near the first again.
    for parameters in (
        DiversityParameters("msd", strength=0.2),
        DiversityParameters("mmr", strength=0.2),
        DiversityParameters("ssd", strength=0.2),
    ):
        method = parameters.method
        placed = place(posts, alike, parameters, limit=None, fixed={})
        assert rows(placed) == [0, 2, 1], method
        assert placed.redundancy[:2] == pytest.approx([0.0, 0.0], abs=1e-6)
        assert placed.place_by_score.tolist() == [0, 2, 1]
    # what is in the span of the two, or near the nearest of them
    assert placed.redundancy[2] == pytest.approx(1.0)
    nearest = place(posts, alike, DiversityParameters("mmr"), limit=None, fixed={})
    assert nearest.redundancy[2] == pytest.approx(np.cos(0.1))


def test_the_window_forgets() -> None:
    posts = standing([0.5, 0.49, 0.48, 0.47], share=0.0)
    alike = modality(0.0, np.pi / 2, np.pi / 2, 0.0)
    one = DiversityParameters("mmr", window=1)
    placed = place(posts, alike, one, limit=None, fixed={})
    assert rows(placed) == [0, 1, 3, 2]
    assert placed.redundancy == pytest.approx([0.0] * 4, abs=1e-6)


def test_the_window_begins_before_the_first_post() -> None:
    posts = Standing(np.array([0.5, 0.45]), np.zeros(2), np.zeros(3, int), np.arange(3))
    # the third vector is of the post that stands before
    placed = place(
        posts, modality(0.0, np.pi / 2, 0.0), DiversityParameters("mmr"), limit=None, fixed={}
    )
    assert rows(placed) == [1, 0]
    assert placed.redundancy == pytest.approx([0.0, 1.0], abs=1e-6)


def test_below_depth_posts_stand_by_score_with_their_authors_decay() -> None:
    posts = standing([0.9, 0.5, 0.5, 0.49], types=[0] * 4, authors=[0, 1, 1, 2])
    shallow = DiversityParameters(depth=1)
    placed = place(posts, modality(0.0, 0.0, 0.0, 0.0), shallow, limit=None, fixed={})
    # 0.5 + 0.1·(5/11 + ¼) < 0.49 + 0.1·(5/11 + ½)
    assert rows(placed) == [0, 1, 3, 2]
    assert placed.redundancy.tolist() == [0.0] * 4


def test_fixed_rows_stand_where_they_must() -> None:
    posts = standing([0.9, 0.8, 0.7, 0.6, 0.1])
    for depth in (0, 1, 2, 200):
        placed = place(
            posts, [], DiversityParameters("none", depth=depth), limit=None, fixed={1: 4, 4: 0}
        )
        assert rows(placed) == [1, 4, 2, 3, 0], depth


@pytest.mark.parametrize(
    "bad", [{"method": "dpp"}, {"window": 0}, {"depth": -1}, {"strength": -0.1}]
)
def test_impossible_parameters_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must be"):
        DiversityParameters(**bad)  # type: ignore[arg-type]


_THEMES = np.random.default_rng(5).standard_normal((8, 40)).astype(np.float32)
_THEMES /= np.linalg.norm(_THEMES, axis=1, keepdims=True)


def themed(themes: list[int]) -> list[Modality]:
    table = VectorTable.of([_THEMES[theme] for theme in themes])
    return [] if table is None else [Modality(table, LINE, 1.0)]


@st.composite
def _cases(draw: st.DrawFn) -> tuple[Standing, list[Modality], dict[int, int]]:
    count = draw(st.integers(0, 10))
    before = draw(st.integers(0, 4))
    codes = st.integers(0, 2)
    everything = count + before
    posts = Standing(
        np.array(draw(st.lists(st.floats(0, 1), min_size=count, max_size=count))),
        np.array(draw(st.lists(st.sampled_from([0.0, 0.1, 0.15]), min_size=count, max_size=count))),
        np.array(draw(st.lists(codes, min_size=everything, max_size=everything)), dtype=np.int64),
        np.array(draw(st.lists(codes, min_size=everything, max_size=everything)), dtype=np.int64),
    )
    themes = draw(st.lists(st.integers(0, 7), min_size=everything, max_size=everything))
    places = draw(st.lists(st.integers(0, max(0, count - 1)), unique=True, max_size=count // 3))
    chosen = draw(st.permutations(range(count)))
    fixed = dict(zip(places, chosen, strict=False))
    return posts, themed(themes), fixed


@given(_cases(), st.sampled_from(METHODS), st.integers(1, 5), st.sampled_from([0.0, 0.2, 1.0]))
def test_every_choice_is_the_best_by_brute_force(
    case: tuple[Standing, list[Modality], dict[int, int]],
    method: Method,
    window: int,
    strength: float,
) -> None:
    posts, modalities, fixed = case
    parameters = DiversityParameters(method, window, strength)
    placed = place(posts, modalities, parameters, limit=None, fixed=fixed)
    order = rows(placed)
    assert sorted(order) == list(range(len(posts.score)))
    for step, keys, redundancy in _brute_force(posts, modalities, order, method, window, strength):
        row = order[step]
        assert placed.redundancy[step] == pytest.approx(redundancy[row], abs=1e-5)
        if step in fixed:
            assert row == fixed[step]
        else:
            left = set(order[step:]) - set(fixed.values())
            assert keys[row] >= max(keys[other] for other in left) - 1e-5


def _brute_force(
    posts: Standing,
    modalities: list[Modality],
    order: list[int],
    method: Method,
    window: int,
    strength: float,
) -> Iterator[tuple[int, list[float], list[float]]]:
    """Key and redundancy of every row at every step, from the definitions."""
    count = len(posts.score)
    types, authors = posts.types.tolist(), posts.authors.tolist()
    shown = list(range(count, len(types)))
    for step, placed in enumerate(order):
        redundancy = _redundancy(modalities, shown, method, window)
        keys = []
        for row in range(count):
            same_type = sum(types[other] == types[row] for other in shown)
            same_author = sum(authors[other] == authors[row] for other in shown)
            diversity = 0.5 * 10 / (10 + same_type) + 0.5 * 0.5**same_author
            keys.append(
                posts.score[row] + posts.share[row] * diversity - strength * redundancy[row]
            )
        yield step, keys, redundancy
        shown.append(placed)


def _redundancy(
    modalities: list[Modality], shown: list[int], method: Method, window: int
) -> list[float]:
    """What each row repeats of the last rows that were shown."""
    if method == "none" or not shown or not modalities:
        return [0.0] * len(modalities[0].vectors.present) if modalities else []
    vectors = np.array(modalities[0].vectors.vectors, dtype=np.float64)
    if method == "msd":
        alike = (vectors @ vectors[shown[-window:]].T).clip(0, 1)
        return np.maximum(alike.sum(axis=1) / window, alike.max(axis=1) ** 4).tolist()
    if method == "mmr":
        return (vectors @ vectors[shown[-window:]].T).max(axis=1).clip(0, 1).tolist()
    directions: list[NDArray[np.float64]] = []
    for other in shown:
        rest = vectors[other].copy()
        for direction in directions[1 - window :] if window > 1 else []:
            rest -= (vectors[other] @ direction) * direction
        norm = float(np.linalg.norm(rest))
        directions.append(rest / norm if norm**2 >= 0.05 else np.zeros_like(rest))
    energy = ((vectors @ np.stack(directions[-window:]).T) ** 2).sum(axis=1)
    return energy.clip(0, 1).tolist()
