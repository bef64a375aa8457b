"""Posts that only an older visual model has seen, among others."""

import math
from dataclasses import replace

import numpy as np
import pytest

from ranking.calibration import Calibration, Calibrations, ModalityCalibrations
from ranking.placing import DiversityParameters
from ranking.rank import Ranking, rank
from ranking.types import Interest, Post, RankedPost, Signal, Taste, Vector, Viewer

NOW_S = 1_000_000.0
_MAP = Calibration("identity", (0.0, 1.0), (0.0, 1.0))
_HALF = Calibration("half", (0.0, 1.0), (0.0, 0.5))
IDENTITY = ModalityCalibrations(mean=_MAP, pair=_MAP)
RANKING = Ranking(
    Calibrations(IDENTITY, IDENTITY, legacy=ModalityCalibrations(mean=_HALF, pair=_MAP))
)
VIEWER = Viewer(
    visual=Taste((Interest(np.array([1, 0], dtype=np.float32)),)),
    legacy=Taste((Interest(np.array([0, 0, 1], dtype=np.float32), 1.0, "liked"),)),
)


def unit(*components: float) -> Vector:
    return np.array(components, dtype=np.float32)


def old(media_id: str, *legacy: float, author_id: str = "") -> Post:
    return Post(media_id, author_id, "mixed", NOW_S, likes=50, legacy=unit(*legacy))


def ranked_by_id(posts: list[Post], ranking: Ranking = RANKING) -> dict[str, RankedPost]:
    return {each.post.media_id: each for each in rank(posts, VIEWER, now_s=NOW_S, ranking=ranking)}


def test_its_vector_stands_in_for_the_visual_one_by_a_map_of_its_own() -> None:
    (ranked,) = rank([old("m", 0, 0.6, 0.8)], VIEWER, now_s=NOW_S, ranking=RANKING)
    # 0.30·0.4 + 0.20·½ + 0.15·1 + 0.10·1 of 0.75: text is missing
    assert ranked.signals["visual"] == pytest.approx(Signal(0.8, 0.4, 0.40, 0.16), abs=1e-6)
    assert ranked.signals["text"] is None
    assert ranked.score == pytest.approx((0.12 + 0.10 + 0.15 + 0.10) / 0.75)


def test_the_interest_counts_on_after_the_visual_ones() -> None:
    found = ranked_by_id(
        [old("old", 0, 0, 1), Post("new", "ann", "meme", NOW_S, visual=unit(1, 0))]
    )
    assert (found["old"].interest, found["new"].interest) == ((1, -1), (0, -1))


def test_a_post_with_both_goes_by_the_visual_one() -> None:
    both = replace(old("m", 0, 0, 1), visual=unit(0.6, 0.8))
    signal = ranked_by_id([both])["m"].signals["visual"]
    assert signal is not None
    assert signal.raw == pytest.approx(0.6)


def test_without_a_map_old_vectors_are_not_heeded() -> None:
    ranking = Ranking(Calibrations(IDENTITY, IDENTITY))
    assert ranked_by_id([old("m", 0, 0, 1)], ranking)["m"].signals["visual"] is None


def test_likeness_is_of_vectors_of_one_model() -> None:
    posts = [
        old("a", 0, 0, 1),
        old("a-again", 0, 0, 1),
        Post("b", "ann", "mixed", NOW_S, likes=50, visual=unit(0, 1)),
    ]
    ranking = replace(RANKING, diversity=DiversityParameters(method="mmr"))
    found = ranked_by_id(posts, ranking)
    assert found["a"].redundancy == 0.0
    assert found["a-again"].redundancy == pytest.approx(1.0)
    assert found["b"].redundancy == 0.0


def test_authors_that_are_not_known_are_not_one_author() -> None:
    variety = {
        author_id: [
            each.signals["diversity"]
            for each in rank(
                [old(name, 1, 0, 0, author_id=author_id) for name in "abc"],
                VIEWER,
                now_s=NOW_S,
                ranking=RANKING,
            )
        ]
        for author_id in ("", "ann")
    }
    # Of the type 10 / (10 + before) each; of the author 1, and ½^before where it is one.
    raw = {author: [each.raw for each in found if each] for author, found in variety.items()}
    assert raw[""] == pytest.approx([1.0, 0.5 * 10 / 11 + 0.5, 0.5 * 10 / 12 + 0.5])
    assert raw["ann"] == pytest.approx([1.0, 0.5 * 10 / 11 + 0.25, 0.5 * 10 / 12 + 0.125])


def test_a_date_that_is_not_known_is_left_out() -> None:
    ranked = ranked_by_id([replace(old("m", 0, 0, 1), created_at_s=math.nan)])["m"]
    assert ranked.signals["recency"] is None
    # 0.30·½ + 0.20·½ + 0.10·1 of 0.60
    assert ranked.score == pytest.approx(0.35 / 0.60)
