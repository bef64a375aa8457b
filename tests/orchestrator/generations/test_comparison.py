"""How far two generations agree, on vectors that were chosen for it."""

from dataclasses import dataclass
from datetime import datetime, timezone

import numpy as np
import pytest

from orchestrator.feed.makers import NewSession
from orchestrator.feed.sessions import Snapshot
from orchestrator.generations.comparison import Comparison, Side, compare
from tests.orchestrator.generations.conftest import Two
from tests.orchestrator.store.conformance import event, post, unit

NOW = datetime(2026, 11, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Maker:
    """Makes the same session for everybody."""

    media_ids: tuple[str, ...]

    async def make(self, new: NewSession) -> Snapshot:
        return Snapshot(new.session_id, new.user_id, NOW, 0, self.media_ids, {}, {}, "made")

    async def authors(self, media_ids: object) -> dict[str, str | None]:
        return {}


async def fill(two: Two, *, mirrored: bool) -> None:
    """Thirty posts on an arc; the new vectors are the old ones, or halves of them swapped."""
    for number in range(30):
        angle = number / 30 * np.pi / 2
        old = unit(np.cos(angle), np.sin(angle), 0, 0)
        await two.serving.put_posts([post(f"m{number:02}", visual=old, text=None)])
        turned = np.pi - angle * 7 if mirrored else angle
        new = unit(np.cos(turned), np.sin(turned), 0, 0)
        await two.beside.put_vectors(f"m{number:02}", visual=new, text=None)


async def compared(two: Two, *makers: Maker) -> Comparison:
    old, new = makers
    return await compare(
        Side(two.serving, old), Side(two.beside, new), posts=100, viewers=10, now=NOW
    )


async def test_the_same_vectors_agree_wholly(two: Two) -> None:
    await fill(two, mirrored=False)
    await two.serving.add_events([event("e1"), event("e2", user_id="u2")])
    maker = Maker(tuple("abcdefgh"))
    found = await compared(two, maker, maker)
    assert found.posts == {"visual": 30, "text": 0}
    assert found.neighbours == {"visual": pytest.approx(1.0), "text": None}
    assert found.viewers == 2
    assert found.feeds["overlap_at_10"] == pytest.approx(1.0)
    assert found.feeds["rank_correlation"] == pytest.approx(1.0)


async def test_other_vectors_and_feeds_are_told(two: Two) -> None:
    await fill(two, mirrored=True)
    await two.serving.add_events([event("e1")])
    found = await compared(two, Maker(tuple("abcd")), Maker(tuple("dcxy")))
    assert found.neighbours["visual"] is not None
    assert 0 < found.neighbours["visual"] < 0.8
    assert found.feeds["overlap_at_10"] == pytest.approx(0.5)
    assert found.feeds["rank_correlation"] == pytest.approx(-1.0)


async def test_what_is_not_filled_yet_is_not_compared(two: Two) -> None:
    await two.serving.put_posts([post("m1")])
    found = await compared(two, Maker(("m1",)), Maker(("m1",)))
    assert found == Comparison(
        posts={"visual": 0, "text": 0},
        neighbours={"visual": None, "text": None},
        viewers=0,
        feeds=dict.fromkeys(found.feeds),
    )
