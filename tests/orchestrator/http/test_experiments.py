"""Two variants from the assignment to the report, in this process."""

import math
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orchestrator.experiments.configuration import ExperimentSetting
from orchestrator.feed.parameters import FeedParameters
from orchestrator.settings import Settings
from tests.orchestrator.store.conformance import NOW
from tests.support.app import App, identity_settings, open_app
from tests.support.feeds import single_post
from tests.support.problems import check_problem

NAME = "fresh/or popular"
ZERO = {"visual": 0, "text": 0, "diversity": 0}
EXPERIMENT = ExperimentSetting.model_validate(
    {
        "name": NAME,
        "variants": {
            "popular": {"share": 3, "weights": {**ZERO, "recency": 0}},
            "fresh": {"share": 1, "weights": {**ZERO, "engagement": 0}},
        },
    }
)
PATH = "/v1/experiments/fresh%2For%20popular"
POSTS = 12


def settings(folder: Path, experiment: ExperimentSetting | None = EXPERIMENT) -> Settings:
    feed = FeedParameters(exploration_share=0.0)
    return identity_settings(folder, experiment=experiment, feed=feed)


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    """Posts p0, p1, …: each older and more liked than the one before."""
    async with open_app(tmp_path / "store", settings(tmp_path)) as opened:
        posts = [
            single_post(f"p{number}", likes=100 * number, created_at=NOW - timedelta(hours=number))
            for number in range(POSTS)
        ]
        await opened.store.put_posts(posts)
        yield opened


def variant_of(user_id: str) -> str:
    return EXPERIMENT.experiment().variant_of(user_id).name


def viewers(variant: str, count: int) -> list[str]:
    """The first `count` viewers that have a variant."""
    drawn = (f"viewer {number}" for number in range(100_000))
    found = (each for each in drawn if variant_of(each) == variant)
    return [next(found) for _ in range(count)]


@dataclass
class Diary:
    """What a test did: by variant and viewer, impressions and engaged posts; and all events."""

    impressions: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    engaged: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    events: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


async def serve(app: App, user_id: str, **changes: Any) -> dict[str, Any]:
    answer = await app.post("/v1/feed", **{"user_id": user_id, "limit": 4, **changes})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def react(app: App, user_id: str, *reactions: tuple[str, str]) -> None:
    events = [
        {
            "event_id": f"{user_id} {kind} {media_id}",
            "user_id": user_id,
            "media_id": media_id,
            "kind": kind,
            "at": app.clock().isoformat(),
        }
        for kind, media_id in reactions
    ]
    assert (await app.post("/v1/events", events=events)).status_code == 201


def ids(page: dict[str, Any]) -> list[str]:
    return [item["media_id"] for item in page["items"]]


async def live(app: App, diary: Diary, user_id: str, *, pages: int, engaged: int) -> None:
    """Read pages, see the first post, like and share the first `engaged` posts."""
    page = await serve(app, user_id)
    shown = ids(page)
    for _ in range(pages - 1):
        page = await serve(app, user_id, cursor=page["cursor"])
        shown += ids(page)
    assert page["variant"] == variant_of(user_id)
    reactions = [("view", shown[0])]
    reactions += [(kind, each) for each in shown[:engaged] for kind in ("like", "share")]
    await react(app, user_id, *reactions)
    diary.impressions[page["variant"]][user_id] = len(shown)
    diary.engaged[page["variant"]][user_id] = engaged
    diary.events[page["variant"]].update(kind for kind, _ in reactions)


def delta_method(diary: Diary, variant: str) -> tuple[float, float]:
    """Rate and variance by the covariance matrix of the viewers' sums."""
    names = sorted(diary.impressions[variant])
    x = np.array([diary.impressions[variant][name] for name in names])
    y = np.array([diary.engaged[variant][name] for name in names])
    cov = np.cov(y, x)
    mean_y, mean_x = y.mean(), x.mean()
    gradient = np.array([1 / mean_x, -mean_y / mean_x**2])
    return float(mean_y / mean_x), float(gradient @ cov @ gradient / len(names))


async def report(app: App, **query: str) -> dict[str, Any]:
    answer = await app.http.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_variants_rank_by_their_weights(app: App) -> None:
    (popular,), (fresh,) = viewers("popular", 1), viewers("fresh", 1)
    page = await serve(app, popular)
    assert (page["variant"], ids(page)) == ("popular", ["p11", "p10", "p9", "p8"])
    page = await serve(app, fresh)
    assert (page["variant"], ids(page)) == ("fresh", ["p0", "p1", "p2", "p3"])
    page = await serve(app, fresh, cursor=page["cursor"])
    assert (page["variant"], ids(page)) == ("fresh", ["p4", "p5", "p6", "p7"])


async def test_the_report_says_what_was_done(app: App) -> None:
    diary = Diary()
    for number, user_id in enumerate(viewers("popular", 30)):
        await live(app, diary, user_id, pages=1 + number % 3, engaged=number % 2)
    for number, user_id in enumerate(viewers("fresh", 12)):
        await live(app, diary, user_id, pages=1 + number % 2, engaged=number % 4)
    found = await report(app)
    assert (found["name"], found["control"]) == (NAME, "popular")
    assert found["first_session_at"] == NOW.isoformat().replace("+00:00", "Z")
    arms = {arm["name"]: arm for arm in found["variants"]}
    for name, share, number in [("popular", 0.75, 30), ("fresh", 0.25, 12)]:
        arm = arms[name]
        assert (arm["share"], arm["ranker"]) == (share, "multimodal")
        assert (arm["viewers"], arm["sessions"], arm["seen"]) == (number, number, number)
        assert arm["impressions"] == diary.impressions[name].total()
        assert arm["engaged"] == diary.engaged[name].total()
        assert arm["events"] == dict(diary.events[name])
        rate, variance = delta_method(diary, name)
        half = 1.959963984540054 * math.sqrt(variance)
        assert arm["engagement_rate"] == pytest.approx(
            {"value": rate, "low": rate - half, "high": rate + half}
        )
    (rate, variance), (control, its_variance) = (
        delta_method(diary, name) for name in ("fresh", "popular")
    )
    difference = arms["fresh"]["difference"]
    assert difference["value"] == pytest.approx(rate - control)
    assert arms["fresh"]["uplift"]["value"] == pytest.approx(rate / control - 1)
    z = (rate - control) / math.sqrt(variance + its_variance)
    assert arms["fresh"]["p_value"] == pytest.approx(math.erfc(abs(z) / math.sqrt(2)))
    for key in ("difference", "uplift", "p_value"):
        assert arms["popular"][key] is None
    # 42 viewers at 3 to 1: (30 − 31.5)² / 31.5 + (12 − 10.5)² / 10.5.
    assert found["sample_ratio"]["expected"] == {"popular": 31.5, "fresh": 10.5}
    assert found["sample_ratio"]["chi_square"] == pytest.approx(1.5**2 / 31.5 + 1.5**2 / 10.5)
    assert found["sample_ratio"]["mismatch"] is False
    assert [warning.partition(":")[0] for warning in found["warnings"]] == ["popular", "fresh"]


async def test_each_post_is_engaged_once_and_other_peoples_events_are_not_the_variants(
    app: App,
) -> None:
    one, other = viewers("fresh", 2)
    await react(app, one, ("like", "p1"))
    app.clock.pass_by(minutes=1)
    await serve(app, one)
    await react(app, one, ("comment", "p0"), ("save", "p0"), ("follow", "p0"), ("skip", "p2"))
    await react(app, one, ("dwell", "p3"), ("view", "p3"), ("like", "p9"))
    await react(app, other, ("like", "p0"))
    (_, fresh) = (await report(app))["variants"]
    assert (fresh["viewers"], fresh["impressions"]) == (1, 4)
    assert (fresh["seen"], fresh["engaged"]) == (1, 1)
    assert fresh["events"] == dict.fromkeys(
        ["comment", "dwell", "follow", "save", "skip", "view"], 1
    )
    assert fresh["engagement_rate"] is None


async def test_a_mismatch_of_the_samples_is_flagged(app: App) -> None:
    for user_id in [*viewers("popular", 20), *viewers("fresh", 20)]:
        await serve(app, user_id)
    found = await report(app)
    # 30 and 10 were to be expected: 10² / 30 + 10² / 10.
    assert found["sample_ratio"]["chi_square"] == pytest.approx(40 / 3)
    assert found["sample_ratio"]["p_value"] == pytest.approx(math.erfc(math.sqrt(20 / 3)))
    assert found["sample_ratio"]["mismatch"] is True
    assert "sample ratio mismatch" in found["warnings"][0]


async def test_who_is_served_another_variant_by_name_is_left_out(app: App) -> None:
    honest, crossed = viewers("fresh", 2)
    await serve(app, honest)
    await serve(app, crossed)
    assert (await serve(app, crossed, variant="popular"))["variant"] == "popular"
    found = await report(app)
    assert [arm["viewers"] for arm in found["variants"]] == [0, 1]
    assert found["crossed_viewers"] == 1
    assert found["warnings"][-1].startswith("1 viewers are left out")


async def test_previews_and_sessions_of_own_weights_are_no_part_of_it(app: App) -> None:
    (user_id,) = viewers("fresh", 1)
    assert (await serve(app, user_id, preview=True))["variant"] == "fresh"
    assert (await serve(app, user_id, weights={"text": 1}))["variant"] == "multimodal"
    found = await report(app)
    assert [arm["sessions"] for arm in found["variants"]] == [0, 0]
    assert (found["sample_ratio"], found["first_session_at"]) == (None, None)
    assert found["warnings"] == ["nobody was served by the experiment yet"]


async def test_a_report_of_later_sessions(app: App) -> None:
    early, late = viewers("fresh", 2)
    await serve(app, early)
    app.clock.pass_by(hours=2)
    await serve(app, late)
    for since, expected in [(NOW, 2), (NOW + timedelta(hours=2), 1), (app.clock.now, 1)]:
        found = await report(app, since=since.isoformat())
        assert found["variants"][1]["viewers"] == expected
    answer = await app.http.get(PATH, params={"since": "yesterday"})
    check_problem(answer, 422, "query.since: Input should be a valid datetime")


async def test_what_is_configured(app: App) -> None:
    (found,) = (await app.http.get("/v1/experiments")).json()["items"]
    assert (found["name"], found["control"]) == (NAME, "popular")
    assert found["variants"][1] == {
        "name": "fresh",
        "share": 0.25,
        "ranker": "multimodal",
        "weights": {**ZERO, "engagement": 0},
    }


async def test_another_experiment(app: App) -> None:
    answer = await app.http.get("/v1/experiments/other")
    check_problem(answer, 404, f"'other' is not the experiment that is configured; {NAME!r} is")


async def test_without_an_experiment(tmp_path: Path) -> None:
    async with open_app(tmp_path / "store", settings(tmp_path, experiment=None)) as app:
        await app.store.put_posts([single_post("p0")])
        assert (await serve(app, "u1"))["variant"] == "multimodal"
        assert (await app.http.get("/v1/experiments")).json() == {"items": []}
        check_problem(await app.http.get(PATH), 404, "is not the experiment that is configured")
