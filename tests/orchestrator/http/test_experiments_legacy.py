"""The old ranking as a variant, held to the new one."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator.experiments.configuration import ExperimentSetting
from orchestrator.feed.parameters import FeedParameters
from orchestrator.legacy.parameters import LegacyParameters
from orchestrator.legacy.side import LegacySide
from orchestrator.settings import Settings
from tests.orchestrator.store.conformance import NOW
from tests.support.app import App, identity_settings, open_app
from tests.support.fake_models import LEGACY_FINGERPRINT, FakeModels
from tests.support.feeds import single_post
from tests.support.old_collection import EAST, NORTH, old_post, open_old_collection

EXPERIMENT = ExperimentSetting.model_validate(
    {"name": "worth it", "variants": {"new": {"share": 1}, "old": {"share": 1, "ranker": "legacy"}}}
)
USERS = [f"viewer {number}" for number in range(8)]


def settings(folder: Path) -> Settings:
    feed = FeedParameters(exploration_share=0.0)
    parameters = LegacyParameters(read=True)
    return identity_settings(folder, experiment=EXPERIMENT, feed=feed, legacy=parameters)


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    """Each collection has one post that the other lacks: the newest."""
    async with open_old_collection(tmp_path / "old") as old:
        parameters = LegacyParameters(read=True)
        side = LegacySide(old, FakeModels(), LEGACY_FINGERPRINT, parameters)
        async with open_app(tmp_path / "store", settings(tmp_path), legacy=side) as opened:
            await opened.store.put_posts([single_post("new", created_at=NOW)])
            day_ago = NOW - timedelta(days=1)
            await old.put([old_post("east", EAST), old_post("north", NORTH, day_ago)])
            yield opened


def assigned(user_id: str) -> str:
    return EXPERIMENT.experiment().variant_of(user_id).name


async def test_each_viewer_is_served_by_the_ranker_of_their_variant(app: App) -> None:
    for user_id in USERS:
        page = (await app.post("/v1/feed", user_id=user_id)).json()
        assert (page["variant"], page["fallback"]) == (assigned(user_id), None)
        shown = [item["media_id"] for item in page["items"]]
        assert shown == ["east", "north"] if assigned(user_id) == "old" else "new" in shown
    arms = (await app.http.get("/v1/experiments/worth%20it")).json()["variants"]
    counts = [sum(assigned(user_id) == name for user_id in USERS) for name in ("new", "old")]
    assert min(counts) > 0
    assert [(arm["ranker"], arm["viewers"]) for arm in arms] == [
        ("multimodal", counts[0]),
        ("legacy", counts[1]),
    ]
    assert arms[1]["impressions"] == 2 * counts[1]


async def test_an_event_on_an_old_post_is_of_the_old_variant(app: App) -> None:
    user_id = next(each for each in USERS if assigned(each) == "old")
    await app.post("/v1/feed", user_id=user_id)
    event = {"event_id": "e", "user_id": user_id, "media_id": "east", "kind": "save"}
    answer = await app.post("/v1/events", events=[{**event, "at": app.clock().isoformat()}])
    assert answer.status_code == 201
    (recorded,) = await app.store.events_of(user_id, limit=5)
    assert recorded.variant == "old"
    (_, old) = (await app.http.get("/v1/experiments/worth%20it")).json()["variants"]
    assert (old["engaged"], old["events"]) == (1, {"save": 1})
