"""GET /v1/rollout, and what a feed says of it, over the real app without a legacy ranker."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orchestrator.settings import Settings
from tests.orchestrator.store.conformance import post
from tests.support.app import App, open_app
from tests.support.problems import check_problem


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    async with open_app(tmp_path, Settings(flags_path=tmp_path / "flags.json")) as opened:
        await opened.store.put_posts([post("m1")])
        yield opened


async def test_what_it_shows(app: App, tmp_path: Path) -> None:
    await app.post("/v1/feed", user_id="u1")
    await app.post("/v1/feed", user_id="u2", preview=True)
    answer = await app.http.get("/v1/rollout", params={"user_id": "u1"})
    assert answer.json() == {
        "flags": {
            "use_multimodal_embeddings": True,
            "percent": 100.0,
            "shadow_percent": 0.0,
            "sources": {
                "use_multimodal_embeddings": "settings",
                "percent": "settings",
                "shadow_percent": "settings",
            },
            "path": str(tmp_path / "flags.json"),
            "problem": None,
            "legacy_ranker": False,
        },
        "breaker": {"state": "closed", "retry_in_s": 0.0},
        "variants": ["multimodal"],
        "sessions": {"multimodal": 1},
        "empty": {},
        "fallbacks": {},
        "unanswered": {},
        "shadow": {
            "compared": 0,
            "overlap_at_10": None,
            "overlap_at_20": None,
            "rank_biased_overlap": None,
            "rank_correlation": None,
            "failed": {},
            "skipped": 0,
        },
        "choice": {"variant": "multimodal", "reason": "rollout"},
    }
    assert (await app.http.get("/v1/rollout")).json()["choice"] is None


async def test_health_has_the_flags(app: App) -> None:
    assert (await app.http.get("/health")).json()["rollout"] == {
        "use_multimodal_embeddings": True,
        "percent": 100.0,
        "shadow_percent": 0.0,
        "problem": None,
        "breaker": "closed",
    }


async def test_a_variant_may_be_asked_for(app: App) -> None:
    answer = await app.post("/v1/feed", user_id="u1", variant="multimodal")
    assert (answer.json()["variant"], answer.json()["fallback"]) == ("multimodal", None)
    answer = await app.post("/v1/feed", user_id="u1", variant="legacy")
    check_problem(answer, 422, "unknown variant 'legacy'; known are multimodal")


async def test_a_cursor_takes_no_variant(app: App) -> None:
    await app.store.put_posts([post("m2", content_hash="other", perceptual_hash=None)])
    cursor = (await app.post("/v1/feed", user_id="u1", limit=1)).json()["cursor"]
    answer = await app.post("/v1/feed", user_id="u1", cursor=cursor, variant="multimodal")
    check_problem(answer, 422, "weights, preview and variant are for the first page of a session")


async def test_a_viewer_that_is_none(app: App) -> None:
    answer = await app.http.get("/v1/rollout", params={"user_id": ""})
    check_problem(answer, 422, "query.user_id: String should have at least 1 character")
