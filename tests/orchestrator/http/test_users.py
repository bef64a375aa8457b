"""GET and PUT /v1/users/{id}/preferences over the real app; each test a viewer of its own."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio

from ranking.viewer import KIND_WEIGHTS
from tests.orchestrator.store.conformance import NOW, post, unit
from tests.support.app import App, identity_settings, open_app
from tests.support.problems import check_problem

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOTHING: dict[str, list[object]] = {"interests": [], "avoided": []}
STRANGE = ("a/b", "π/ü ☃", "../../etc/passwd", "x/preferences", "a?b#c", "%2F", "u" * 256)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[App]:
    """Three posts, one of them without a picture, and one that was deleted."""
    folder = tmp_path_factory.mktemp("app")
    async with open_app(folder, identity_settings(folder)) as opened:
        alone: dict[str, object] = {"content_hash": None, "perceptual_hash": None}
        await opened.store.put_posts(
            [
                post("east", **alone),
                post("north", visual=unit(0, 1, 0, 0), text=unit(0, 1, 0), **alone),
                post("words", visual=None, text=unit(0, 0, 1), **alone),
                post("deleted", **alone),
            ]
        )
        await opened.store.delete_post("deleted")
        yield opened


def path(user_id: str) -> str:
    return f"/v1/users/{quote(user_id, safe='')}/preferences"


async def preferences(app: App, user_id: str) -> dict[str, Any]:
    answer = await app.http.get(path(user_id))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def put(app: App, user_id: str, *history: dict[str, Any]) -> dict[str, Any]:
    answer = await app.http.put(path(user_id), json={"history": history})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def record(app: App, user_id: str, kind: str, media_id: str) -> None:
    event = {"user_id": user_id, "media_id": media_id, "kind": kind, "at": NOW.isoformat()}
    events = [{**event, "event_id": f"{user_id}-{kind}-{media_id}"}]
    assert (await app.post("/v1/events", events=events)).status_code == 201


async def test_an_unknown_viewer_has_no_vectors(app: App) -> None:
    assert await preferences(app, "nobody") == {
        "user_id": "nobody",
        "events": 0,
        "built_at": "2026-11-01T12:00:00Z",
        "visual": NOTHING,
        "text": NOTHING,
        "unknown_history": [],
    }


async def test_vectors_are_made_of_events(app: App) -> None:
    await record(app, "u1", "like", "east")
    await record(app, "u1", "like", "words")
    await record(app, "u1", "hide", "north")
    found = await preferences(app, "u1")
    assert found["events"] == 3
    (looks,), (words,) = found["visual"]["interests"], found["text"]["interests"]
    assert looks == {"media_id": None, "weight": 1.0, "vector": [1.0, 0.0, 0.0, 0.0]}
    assert words["vector"] == pytest.approx([0.5**0.5, 0.0, 0.5**0.5], abs=1e-6)
    # m / (m + 0.1 · liked): one picture was liked, and two texts.
    (looks,), (words,) = found["visual"]["avoided"], found["text"]["avoided"]
    assert looks["weight"] == pytest.approx(1 / 1.1)
    assert words["weight"] == pytest.approx(1 / 1.2)
    assert (words["media_id"], words["vector"]) == ("north", [0.0, 1.0, 0.0])


async def test_vectors_can_be_left_out(app: App) -> None:
    await record(app, "u2", "like", "east")
    answer = await app.http.get(path("u2"), params={"vectors": "false"})
    assert answer.json()["visual"]["interests"] == [
        {"media_id": None, "weight": 1.0, "vector": None}
    ]
    refused = await app.http.get(path("u2"), params={"vectors": "some"})
    check_problem(refused, 422, "query.vectors: Input should be a valid boolean")


async def test_a_given_history_stands_until_a_strong_event(app: App) -> None:
    await record(app, "u3", "like", "north")
    given = await put(app, "u3", {"media_id": "east"})
    assert (given["events"], given["text"]["interests"][0]["vector"]) == (1, [1.0, 0.0, 0.0])
    await record(app, "u3", "view", "words")
    assert await preferences(app, "u3") == given
    await record(app, "u3", "save", "north")
    found = await preferences(app, "u3")
    # like + save of the one, against a view of the other
    length = (2.5**2 + KIND_WEIGHTS["view"] ** 2) ** 0.5
    assert found["text"]["interests"][0]["vector"] == pytest.approx(
        [0.0, 2.5 / length, KIND_WEIGHTS["view"] / length], abs=1e-6
    )
    assert found["events"] == 3


async def test_a_given_history_stands_for_an_hour(app: App) -> None:
    await put(app, "u4", {"media_id": "east"})
    app.clock.pass_by(minutes=59, seconds=59)
    assert (await preferences(app, "u4"))["events"] == 1
    app.clock.pass_by(seconds=1)
    assert await preferences(app, "u4") == {
        "user_id": "u4",
        "events": 0,
        "built_at": "2026-11-01T13:00:00Z",
        "visual": NOTHING,
        "text": NOTHING,
        "unknown_history": [],
    }
    app.clock.pass_by(hours=-1)


async def test_a_given_history_makes_the_feed(app: App) -> None:
    await put(app, "u5", {"media_id": "north", "kind": "save"})
    page = (await app.post("/v1/feed", user_id="u5", weights={"diversity": 0})).json()
    assert page["items"][0]["media_id"] == "north"
    assert page["items"][0]["signals"]["text"]["value"] == 1.0
    # What stands in a given history was not seen: it is served.
    assert sorted(item["media_id"] for item in page["items"]) == ["east", "north", "words"]


async def test_posts_of_the_history_that_are_gone_are_named(app: App) -> None:
    found = await put(
        app, "u6", {"media_id": "never"}, {"media_id": "east"}, {"media_id": "deleted"}
    )
    assert found["unknown_history"] == ["deleted", "never"]
    assert found["visual"]["interests"][0]["vector"] == [1.0, 0.0, 0.0, 0.0]
    nothing = await put(app, "u6", {"media_id": "never"})
    assert (nothing["visual"], nothing["unknown_history"]) == (NOTHING, ["never"])


async def test_a_history_may_hold_the_same_event_twice(app: App) -> None:
    once = await put(app, "u7", {"media_id": "east"}, {"media_id": "words"})
    twice = await put(app, "u7", *([{"media_id": "east"}, {"media_id": "words"}] * 2))
    assert (twice["visual"], twice["text"]) == (once["visual"], once["text"])


@pytest.mark.parametrize("user_id", STRANGE)
async def test_ids_are_any_text(app: App, user_id: str) -> None:
    assert (await put(app, user_id, {"media_id": "east"}))["user_id"] == user_id
    found = await preferences(app, user_id)
    assert (found["user_id"], found["events"]) == (user_id, 1)


@pytest.mark.parametrize(
    ("user_id", "detail"),
    [
        ("", "path.user_id: String should have at least 1 character"),
        (" ", "path.user_id: Value error, must not be blank"),
        ("a\x00b", "path.user_id: Value error, must not hold control characters"),
        ("u" * 257, "path.user_id: String should have at most 256 characters"),
    ],
)
async def test_ids_that_are_none(app: App, user_id: str, detail: str) -> None:
    check_problem(await app.http.get(path(user_id)), 422, detail)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({}, "body.history: Field required"),
        ({"history": []}, "body.history: List should have at least 1 item"),
        ({"history": None}, "body.history: Input should be a valid list"),
        ({"history": [{"media_id": "east"}], "vectors": {}}, "body.vectors: Extra inputs are not"),
        ({"history": [{"media_id": "east", "kind": "love"}]}, "body.history.0.kind: Input should"),
        (
            {"history": [{"media_id": "east"}, {"media_id": "east", "at": "2026-11-01T12:06Z"}]},
            "history.1.at lies in the future: 2026-11-01T12:06:00+00:00",
        ),
        ({"history": [{"media_id": "east"}] * 5001}, "body.history: List should have at most 5000"),
    ],
)
async def test_a_history_that_is_none_changes_nothing(
    app: App, body: dict[str, Any], detail: str
) -> None:
    kept = await put(app, "u8", {"media_id": "north"})
    check_problem(await app.http.put(path("u8"), json=body), 422, detail)
    assert await preferences(app, "u8") == kept


async def test_other_methods_are_refused(app: App) -> None:
    check_problem(await app.http.delete(path("u1")), 405, "Method Not Allowed")
