from collections import Counter

import numpy as np
import pytest

from evaluation.world.answers import Mood

POSTS = np.arange(4000)


def kinds(worth: float) -> Counter[str]:
    mood = Mood(np.random.default_rng(6), 4000)
    events = mood.answers(POSTS, np.full(4000, worth), np.zeros(4000))
    return Counter(event.kind for event in events)


def test_what_is_wanted_is_liked_and_what_is_not_is_skipped_or_hidden() -> None:
    loved, dull, hated = kinds(0.8), kinds(0.03), kinds(-0.8)
    assert loved["like"] / 4000 > 0.9
    assert dull["like"] / 4000 < 0.05 < dull["skip"] / 4000
    assert hated["hide"] / 4000 == pytest.approx(0.5, abs=0.05)
    assert hated["like"] == 0 < hated["report"] < hated["hide"]


def test_a_post_is_answered_alike_whoever_serves_it() -> None:
    mood = Mood(np.random.default_rng(6), 10)
    alone = list(mood.answers(np.array([3]), np.array([0.5]), np.array([7.0])))
    among = mood.answers(np.array([1, 3]), np.array([0.9, 0.5]), np.array([7.0, 7.0]))
    assert [event for event in among if event.post == 3] == alone
    assert alone[0].at_s == 7.0


def test_who_wants_more_dwells_longer() -> None:
    mood = Mood(np.random.default_rng(6), 4000)
    dwell = [
        np.median(
            [
                event.value
                for event in mood.answers(POSTS, np.full(4000, worth), np.zeros(4000))
                if event.value is not None
            ]
        )
        for worth in (0.1, 0.8)
    ]
    assert dwell[1] > 3 * dwell[0]
