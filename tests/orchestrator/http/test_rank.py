"""POST /v1/rank over the real app; one store for all."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import numpy as np
import pytest
import pytest_asyncio

from tests.orchestrator.store.conformance import NOW, post, unit
from tests.support.app import App, identity_settings, open_app
from tests.support.problems import check_problem

pytestmark = pytest.mark.asyncio(loop_scope="module")

STRANGE = ("π/ü ☃", "../../etc/passwd", "a" * 256, "0", "a b?c=d&e#f%2F")
MEAN = {"media_id": None, "weight": 1.0}
ONLY = {"visual": 0, "text": 0, "engagement": 0, "recency": 0, "diversity": 0}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[App]:
    """Posts along an arc, one that was deleted, and some with strange ids."""
    folder = tmp_path_factory.mktemp("app")
    async with open_app(folder, identity_settings(folder)) as opened:
        posts = [
            post("east"),
            post("north", visual=unit(0, 1, 0, 0), text=unit(0, 1, 0), author_id="b"),
            post("between", visual=unit(3, 4, 0, 0), text=unit(1, 1, 0), author_id="c"),
            post("words", visual=None, text=unit(4, 3, 0), author_id="d"),
            post("deleted"),
            *(post(media_id, author_id=media_id) for media_id in STRANGE),
        ]
        await opened.store.put_posts(
            [replace(each, content_hash=None, perceptual_hash=None) for each in posts]
        )
        await opened.store.delete_post("deleted")
        yield opened


def listed(*media_ids: str) -> list[dict[str, Any]]:
    return [{"media_id": media_id} for media_id in media_ids]


async def ranked(app: App, **body: Any) -> dict[str, Any]:
    answer = await app.post("/v1/rank", **body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def sent_raw(app: App, body: str) -> httpx.Response:
    return await app.http.post(
        "/v1/rank", content=body.encode(), headers={"content-type": "application/json"}
    )


def by_id(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {item["media_id"]: item["signals"] for item in answer["items"]}


async def test_a_mean_is_compared_by_its_cosine(app: App) -> None:
    answer = await ranked(
        app,
        posts=listed("east", "north", "between", "words"),
        vectors={"visual": [2, 0, 0, 0], "text": [0.5, 0, 0]},
    )
    assert [item["media_id"] for item in answer["items"]] == ["east", "between", "words", "north"]
    signals = by_id(answer)
    assert signals["east"]["visual"]["raw"] == 1.0
    assert signals["north"]["visual"]["raw"] == 0.0
    assert signals["between"]["visual"]["raw"] == pytest.approx(0.6, abs=1e-6)
    assert signals["between"]["text"]["value"] == pytest.approx(0.5**0.5, abs=1e-6)
    assert signals["words"]["visual"] is None
    assert signals["words"]["text"]["raw"] == pytest.approx(0.8, abs=1e-6)
    # 0.25 of 0.70, as the picture's 0.30 is nobody's
    assert signals["words"]["text"]["weight"] == pytest.approx(0.25 / 0.70)


async def test_contributions_add_up(app: App) -> None:
    answer = await ranked(
        app, posts=listed("east", "north", "between", "words"), vectors={"text": [1, 2, 3]}
    )
    for item in answer["items"]:
        present = [signal for signal in item["signals"].values() if signal]
        assert sum(one["contribution"] for one in present) == pytest.approx(item["score"], abs=1e-9)
        assert item["signals"]["visual"] is None
        assert item["duplicates"] == []


async def test_counters_and_dates_stand_in_for_the_stored_ones(app: App) -> None:
    day_ago = (NOW - timedelta(days=1)).isoformat()
    answer = await ranked(
        app,
        user_id="nobody",
        posts=[
            {"media_id": "east"},
            {"media_id": "north", "likes": 30, "comments": 10},
            {"media_id": "between", "likes": 0, "comments": 0, "created_at": day_ago},
            {"media_id": "words", "likes": 152, "created_at": "2026-10-30T14:00:00+02:00"},
        ],
    )
    signals = by_id(answer)
    # (1 + x) / ((1 + x) + 51) with x = likes + 2 · comments
    assert signals["east"]["engagement"]["raw"] == 3 + 2 * 1
    assert signals["east"]["engagement"]["value"] == pytest.approx(6 / 57)
    assert signals["north"]["engagement"]["value"] == pytest.approx(51 / 102)
    assert signals["between"]["engagement"]["value"] == pytest.approx(1 / 52)
    assert signals["words"]["engagement"]["raw"] == 152 + 2 * 1
    assert signals["words"]["engagement"]["value"] == pytest.approx(155 / 206)
    assert [signals[name]["recency"]["value"] for name in ("east", "north", "between")] == [
        1.0, 1.0, 0.5,
    ]  # fmt: skip
    assert signals["words"]["recency"]["raw"] == 48.0
    assert signals["words"]["recency"]["value"] == 0.25


async def test_counters_change_nothing_that_is_stored(app: App) -> None:
    await ranked(app, user_id="nobody", posts=[{"media_id": "east", "likes": 10**15}])
    assert (await app.store.get_posts(["east"]))["east"].likes == 3


async def test_what_is_unknown_or_deleted_is_named(app: App) -> None:
    answer = await ranked(
        app,
        posts=listed("nowhere", "east", "deleted"),
        history=[{"media_id": "gone"}, {"media_id": "north"}, {"media_id": "deleted"}],
    )
    assert [item["media_id"] for item in answer["items"]] == ["east"]
    assert answer["unknown_posts"] == ["nowhere", "deleted"]
    assert answer["unknown_history"] == ["deleted", "gone"]
    nothing = await ranked(app, posts=listed("nowhere"), user_id="u")
    assert nothing == {"items": [], "unknown_posts": ["nowhere"], "unknown_history": []}


async def test_a_history_makes_the_viewer(app: App) -> None:
    answer = await ranked(
        app,
        posts=listed("east", "between"),
        history=[{"media_id": "north"}, {"media_id": "east", "kind": "hide"}],
        weights={**ONLY, "text": 1},
    )
    signals = by_id(answer)
    assert [item["media_id"] for item in answer["items"]] == ["between", "east"]
    # Hidden once, liked once: 1 / (1 + 0.1) of the aversion of ½ strikes the very post.
    assert signals["east"]["text"] == {"raw": 0.0, "value": 0.0, "weight": 1.0, "contribution": 0.0}
    expected = 0.5**0.5 * (1 - 0.5 * 0.5**0.5 / 1.1)
    assert signals["between"]["text"]["value"] == pytest.approx(expected, abs=1e-6)


async def test_a_history_of_later_events_counts_more(app: App) -> None:
    month_ago = (NOW - timedelta(days=30)).isoformat()
    answer = await ranked(
        app,
        posts=listed("east", "north"),
        history=[{"media_id": "north", "at": month_ago}, {"media_id": "east"}],
        weights={**ONLY, "text": 1},
    )
    # The mean of (1, 0) and half of (0, 1).
    assert by_id(answer)["east"]["text"]["raw"] == pytest.approx(2 / 5**0.5, abs=1e-6)
    assert by_id(answer)["north"]["text"]["raw"] == pytest.approx(1 / 5**0.5, abs=1e-6)


async def test_the_order_of_the_list_says_nothing(app: App) -> None:
    names = ("east", "north", "between", "words")
    viewer = {"vectors": {"text": [1, 1, 0]}}
    assert await ranked(app, posts=listed(*names), **viewer) == await ranked(
        app, posts=listed(*reversed(names)), **viewer
    )


async def test_the_best_of_a_list_are_its_beginning(app: App) -> None:
    body = {"posts": listed("east", "north", "between", "words"), "user_id": "nobody"}
    whole = await ranked(app, **body)
    assert (await ranked(app, **body, limit=2))["items"] == whole["items"][:2]
    assert (await ranked(app, **body, limit=1000))["items"] == whole["items"]


async def test_ids_are_any_text(app: App) -> None:
    answer = await ranked(app, posts=listed(*STRANGE), history=[{"media_id": STRANGE[0]}])
    assert sorted(item["media_id"] for item in answer["items"]) == sorted(STRANGE)
    assert (answer["unknown_posts"], answer["unknown_history"]) == ([], [])


async def test_an_explanation_is_there_when_it_is_asked_for(app: App) -> None:
    body = {"posts": listed("east", "north"), "history": [{"media_id": "east"}]}
    assert all("explanation" not in item for item in (await ranked(app, **body))["items"])
    answer = await app.http.post("/v1/rank?explain=true", json=body)
    assert [item["explanation"] for item in answer.json()["items"]] == [
        {
            "sources": [],
            "interests": {"visual": MEAN, "text": MEAN},
            "place": place,
            "place_by_score": place,
            "redundancy": 0.0,
            "propensity": None,
            "served_before": False,
        }
        for place in (0, 1)
    ]


async def test_scores_are_those_of_the_feed(app: App) -> None:
    like = {"event_id": "e", "user_id": "both", "media_id": "words", "kind": "like"}
    at = NOW.isoformat()
    assert (await app.post("/v1/events", events=[{**like, "at": at}])).status_code == 201
    weights = {"diversity": 0}
    feed = await app.post("/v1/feed", user_id="both", weights=weights, limit=100)
    in_feed = {item["media_id"]: item for item in feed.json()["items"]}
    assert set(in_feed) == {"east", "north", "between", *STRANGE}
    answer = await ranked(app, posts=listed(*in_feed), user_id="both", weights=weights)
    for item in answer["items"]:
        assert item["score"] == in_feed[item["media_id"]]["score"]
        assert item["signals"].keys() == in_feed[item["media_id"]]["signals"].keys()
        for name in ("visual", "text", "engagement", "recency"):
            assert item["signals"][name] == in_feed[item["media_id"]]["signals"][name]


async def test_vectors_of_any_norm_are_directions(app: App) -> None:
    vectors = ([1e-300, 0, 0], [5e-324, 0, 0], [1.0, 0, 0], [1e308, 0, 0])
    answers = [
        await ranked(app, posts=listed("between"), vectors={"text": vector}) for vector in vectors
    ]
    assert all(answer == answers[2] for answer in answers)


async def test_a_thousand_posts_are_ranked_and_one_more_is_too_many(app: App) -> None:
    posts = listed("east", *(f"none-{number}" for number in range(999)))
    answer = await ranked(app, posts=posts, user_id="u")
    assert (len(answer["items"]), len(answer["unknown_posts"])) == (1, 999)
    refused = await app.post("/v1/rank", posts=[*posts, *listed("north")], user_id="u")
    check_problem(refused, 422, "body.posts: List should have at most 1000 items")


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"posts": []}, "body.posts: List should have at least 1 item"),
        ({"posts": listed("")}, "body.posts.0.media_id: String should have at least 1 character"),
        ({"posts": ["east"]}, "body.posts.0: Input should be a valid dictionary"),
        ({"posts": listed("east", "north", "east")}, "1 posts stand twice in the list, such as 'e"),
        ({"posts": [{"media_id": "east", "score": 1}]}, "body.posts.0.score: Extra inputs are not"),
        ({"posts": [{"media_id": "east", "likes": -1}]}, "body.posts.0.likes: Input should be gre"),
        ({"posts": [{"media_id": "east", "likes": 0.5}]}, "body.posts.0.likes: Input should be a"),
        ({"posts": [{"media_id": "east", "comments": 10**15 + 1}]}, "comments: Input should be le"),
        ({"posts": [{"media_id": "east", "likes": 10**400}]}, "body.posts.0.likes: Input should b"),
        (
            {"posts": [{"media_id": "east", "created_at": "2026-11-01T12:00:00"}]},
            "body.posts.0.created_at: Input should have timezone info",
        ),
        (
            {"posts": [{"media_id": "east", "created_at": "2026-11-01T12:05:01Z"}]},
            "posts.0.created_at lies in the future: 2026-11-01T12:05:01+00:00",
        ),
        (
            {"posts": [*listed("north"), {"media_id": "east", "created_at": "1969-12-31T23:59Z"}]},
            "posts.1.created_at is before 1970: 1969-12-31T23:59:00+00:00",
        ),
        (
            {"posts": [{"media_id": "east", "created_at": "9999-12-31T23:59:59-23:00"}]},
            "body.posts.0.created_at: Value error, lies outside the calendar",
        ),
        ({"user_id": None}, "body: Value error, give one of user_id, history and vectors"),
        ({"history": [{"media_id": "east"}]}, "give one of user_id, history and vectors"),
        ({"vectors": {"text": [1, 0, 0]}}, "give one of user_id, history and vectors"),
        ({"limit": 0}, "body.limit: Input should be greater than or equal to 1"),
        ({"limit": 1001}, "body.limit: Input should be less than or equal to 1000"),
        ({"weights": {"visual": -1}}, "weights: weight 'visual' must be a finite number ≥ 0"),
        ({"weights": {"Visual": 1}}, "weights: unknown signal 'Visual'"),
        ({"weights": ONLY}, "weights: at least one weight must be above 0"),
        ({"cursor": "x"}, "body.cursor: Extra inputs are not permitted"),
    ],
)
async def test_a_request_that_is_none(app: App, changes: dict[str, Any], detail: str) -> None:
    answer = await app.post("/v1/rank", **{"posts": listed("east"), "user_id": "u", **changes})
    check_problem(answer, 422, detail)
    assert answer.json()["type"] == "urn:feedlens:problem:invalid-request"


async def test_posts_that_stand_twice_are_named(app: App) -> None:
    posts = listed("north", "east", "north", "east", "words")
    answer = await app.post("/v1/rank", posts=posts, user_id="u")
    assert answer.json()["duplicates"] == ["east", "north"]


@pytest.mark.parametrize(
    ("vectors", "detail"),
    [
        ("{}", "vectors: give visual, text, or both"),
        ('{"visual": null, "text": null}', "vectors: give visual, text, or both"),
        ('{"visual": [1, 0, 0]}', "vectors.visual has 3 numbers, the model's have 4"),
        ('{"text": [1, 0, 0, 0]}', "vectors.text has 4 numbers, the model's have 3"),
        ('{"text": []}', "vectors.text has 0 numbers, the model's have 3"),
        ('{"text": [0, 0, 0]}', "vectors.text has no direction"),
        ('{"text": [0, -0.0, 0]}', "vectors.text has no direction"),
        ('{"text": [1e400, 0, 0]}', "vectors.text has no direction"),
        ('{"text": [-1e400, 1e400, 0]}', "vectors.text has no direction"),
        ('{"text": [NaN, 0, 1]}', "vectors.text has no direction"),
        ('{"text": ["one", 0, 0]}', "body.vectors.text.0: Input should be a valid number"),
        (f'{{"text": [1{"0" * 400}, 0, 0]}}', "vectors.text"),
        ('{"text": [1, 0, 0], "caption": [1]}', "body.vectors.caption: Extra inputs are not"),
        ('{"visual": [1, 0, 0, 0], "text": [0, 0, 0]}', "vectors.text has no direction"),
    ],
)
async def test_vectors_that_are_none(app: App, vectors: str, detail: str) -> None:
    answer = await sent_raw(app, f'{{"posts": [{{"media_id": "east"}}], "vectors": {vectors}}}')
    check_problem(answer, 422, detail)


@pytest.mark.parametrize(
    ("history", "detail"),
    [
        ([], "body.history: List should have at least 1 item"),
        ([{}], "body.history.0.media_id: Field required"),
        ([{"media_id": "east", "kind": "love"}], "body.history.0.kind: Input should be 'view'"),
        ([{"media_id": "east", "at": "2027-01-01T00:00:00Z"}], "history.0.at lies in the future"),
        ([{"media_id": "east", "at": "yesterday"}], "body.history.0.at: Input should be a valid"),
        ([{"media_id": "east", "value": "long"}], "body.history.0.value: Input should be a valid"),
        ([{"media_id": "east", "user_id": "u"}], "body.history.0.user_id: Extra inputs are not"),
        ([{"media_id": "east"}] * 5001, "body.history: List should have at most 5000 items"),
    ],
)
async def test_a_history_that_is_none(app: App, history: list[object], detail: str) -> None:
    answer = await app.post("/v1/rank", posts=listed("east"), history=history)
    check_problem(answer, 422, detail)


async def test_vectors_of_single_precision_may_be_sent_as_they_are(app: App) -> None:
    vector = np.array([0.1, 0.2, 0.3], dtype=np.float32)
    answer = await ranked(app, posts=listed("east"), vectors={"text": vector.tolist()})
    cosine = 0.1 / (0.14**0.5)
    assert by_id(answer)["east"]["text"]["raw"] == pytest.approx(cosine, abs=1e-6)
