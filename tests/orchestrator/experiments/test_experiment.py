import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.experiments.experiment import Experiment, Variant

users = st.text(max_size=20)
shares = st.lists(st.floats(1e-3, 1e3), min_size=2, max_size=6)


def experiment(*each: float, salt: str = "salt") -> Experiment:
    variants = tuple(Variant(f"v{number}", share) for number, share in enumerate(each))
    return Experiment("colours", variants, control="v0", salt=salt)


def place(user_id: str, salt: str = "salt") -> float:
    """Where a viewer stands in [0, 1]."""
    return int(hashlib.sha256(f"{salt}:{user_id}".encode()).hexdigest()[:16], 16) / 2**64


@pytest.mark.parametrize(
    ("user_id", "digest", "name"),
    [
        ("ada", "f86a", "v2"),
        ("hal", "6274", "v1"),
        ("cem", "d4f8", "v2"),
        ("dag", "2887", "v0"),
    ],
)
def test_a_hash_against_the_shares_decides(user_id: str, digest: str, name: str) -> None:
    """As `printf salt:ada | sha256sum` begins; the borders lie at 4000 and c000."""
    assert place(user_id) == pytest.approx(int(digest, 16) / 2**16, abs=2**-16)
    assert experiment(1, 2, 1).variant_of(user_id).name == name


@given(users, shares)
def test_a_viewer_has_the_same_variant_always(user_id: str, each: list[float]) -> None:
    first, again = (experiment(*each).variant_of(user_id) for _ in range(2))
    assert first == again
    assert first in experiment(*each).variants


@given(users.filter(lambda text: text.isascii()), shares, st.floats(1e-3, 1e3))
def test_only_proportions_of_shares_count(user_id: str, each: list[float], factor: float) -> None:
    scaled = experiment(*(share * factor for share in each))
    at, total, border = place(user_id), sum(each), 0.0
    borders = [border := border + share for share in each]
    if min(abs(at - one / total) for one in borders) > 1e-9:
        assert scaled.variant_of(user_id) in scaled.variants
        assert scaled.variant_of(user_id).name == experiment(*each).variant_of(user_id).name


@given(users, st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_a_growing_first_share_takes_from_the_next_alone(
    user_id: str, one: float, other: float
) -> None:
    small, large = sorted((one, other))
    before = experiment(small, 1 - small).variant_of(user_id).name
    after = experiment(large, 1 - large).variant_of(user_id).name
    assert (before, after) != ("v0", "v1")


def test_variants_get_their_shares_of_viewers() -> None:
    found = [experiment(1, 2, 7).variant_of(f"viewer {number}").name for number in range(20_000)]
    counts = [found.count(f"v{number}") for number in range(3)]
    # Three standard deviations of each are at most 3 √(20,000 · 0.7 · 0.3) = 195.
    assert counts == [pytest.approx(each, abs=195) for each in (2000, 4000, 14_000)]


def test_salts_draw_apart_from_each_other() -> None:
    one, other = experiment(1, 1, salt="one"), experiment(1, 1, salt="other")
    ids = [f"viewer {number}" for number in range(4000)]
    same = sum(one.variant_of(each) == other.variant_of(each) for each in ids)
    assert same == pytest.approx(2000, abs=95)
