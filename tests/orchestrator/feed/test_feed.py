"""Events to history, history to candidates, candidates to a page, on the embedded store."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator.feed.candidates import find_candidates
from orchestrator.feed.feed import FeedParameters, FeedService
from orchestrator.feed.history import read_history
from orchestrator.store.embedded import EmbeddedStore
from ranking.calibration import Calibration, Calibrations, ModalityCalibrations
from ranking.rank import Ranking
from ranking.types import Interest, Taste, Viewer
from ranking.viewer import TasteParameters
from tests.orchestrator.store.conformance import NOW, SCHEMA, event, post, unit

_MAP = Calibration("identity", (0.0, 1.0), (0.0, 1.0))
IDENTITY = ModalityCalibrations(mean=_MAP, pair=_MAP)
OLD = NOW - timedelta(days=30)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    """Six posts of which each source finds one first, and a viewer who liked one."""
    opened = EmbeddedStore(tmp_path, SCHEMA)
    plain = post(created_at=OLD, likes=0, comments=0, visual=unit(0, 0, 0, 1), text=unit(0, 0, 1))
    await opened.put_posts(
        [
            replace(plain, media_id="liked", visual=unit(1, 0, 0, 0), text=unit(1, 0, 0)),
            replace(plain, media_id="alike", visual=unit(1, 0.1, 0, 0)),
            replace(plain, media_id="related", text=unit(1, 0.1, 0)),
            replace(plain, media_id="new", created_at=NOW),
            replace(plain, media_id="popular", likes=900),
            replace(plain, media_id="discussed", comments=900),
            *(replace(plain, media_id=f"other-{number}") for number in range(20)),
        ]
    )
    await opened.add_events([event("e1", media_id="liked"), event("e2", media_id="gone")])
    yield opened
    await opened.close()


async def test_a_history_is_made_of_posts_that_exist(store: EmbeddedStore) -> None:
    history = await read_history(store, "u1", now=NOW, limit=10, parameters=TasteParameters())
    assert history.viewer.visual.interests[0].vector == pytest.approx(unit(1, 0, 0, 0))
    assert history.viewer.text.interests[0].vector == pytest.approx(unit(1, 0, 0))
    assert history.answered == {"liked", "gone"}


async def test_views_do_not_crowd_out_likes(store: EmbeddedStore) -> None:
    later = NOW + timedelta(minutes=1)
    await store.add_events(
        [event(f"v{n}", media_id="new", kind="view", at=later) for n in range(20)]
    )
    history = await read_history(store, "u1", now=later, limit=5, parameters=TasteParameters())
    assert history.viewer.text.interests[0].vector == pytest.approx(unit(1, 0, 0))
    assert history.answered == {"liked", "gone"}


async def test_skips_leave_no_taste_but_are_answered(store: EmbeddedStore) -> None:
    await store.add_events([event("s1", user_id="u2", media_id="new", kind="skip")])
    history = await read_history(store, "u2", now=NOW, limit=10, parameters=TasteParameters())
    assert history.viewer == Viewer()
    assert history.answered == {"new"}


async def test_candidates_are_the_union_of_all_sources(store: EmbeddedStore) -> None:
    viewer = Viewer(Taste((Interest(unit(1, 0, 0, 0)),)), Taste((Interest(unit(1, 0, 0)),)))
    found = await find_candidates(store, viewer, per_source=1, without={"liked"})
    assert {post.media_id for post in found} == {
        "alike", "related", "new", "popular", "discussed",
    }  # fmt: skip
    # each with both vectors, whichever source it came from
    assert all(post.visual is not None and post.text is not None for post in found)


async def test_a_page_scores_every_candidate_on_every_signal(store: EmbeddedStore) -> None:
    parameters = FeedParameters(
        ranking=Ranking(Calibrations(IDENTITY, IDENTITY)), candidates_per_source=3, max_history=10
    )
    page = await FeedService(store, parameters).first_page("u1", limit=4, now=NOW)
    assert len(page) == 4
    # 0.30·1, 0.25·1, and 0.20·0.95 and more twice; what is new has 0.15·1
    assert {item.post.media_id for item in page} == {"alike", "related", "popular", "discussed"}
    assert all(signal is not None for item in page for signal in item.signals.values())
    alike = next(item for item in page if item.post.media_id == "alike")
    assert alike.signals["visual"] is not None
    assert alike.signals["visual"].raw == pytest.approx(1 / (1.01**0.5), abs=1e-6)
