import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import get_args

import httpx
import pytest
import pytest_asyncio

from orchestrator.experiments.configuration import ExperimentSetting
from orchestrator.settings import Settings
from orchestrator.store.protocol import Store
from orchestrator.store.records import Event, Kind
from tests.orchestrator.store.conformance import NOW, post
from tests.support.app import App, open_app
from tests.support.feeds import single_post
from tests.support.problems import check_problem


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    """A post of ann's and one of bob's."""
    async with open_app(tmp_path) as opened:
        await opened.store.put_posts([post("m1"), post("m2", author_id="bob")])
        yield opened


shares_the_loop = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[App]:
    """One for requests that are refused."""
    async with open_app(tmp_path_factory.mktemp("app")) as opened:
        await opened.store.put_posts([post("m1")])
        yield opened


@pytest.fixture
def http(app: App) -> httpx.AsyncClient:
    return app.http


@pytest.fixture
def store(app: App) -> Store:
    return app.store


def sent(event_id: str, **changes: object) -> dict[str, object]:
    event = {"event_id": event_id, "user_id": "u1", "media_id": "m1", "kind": "like"}
    return {**event, "at": NOW.isoformat(), **changes}


async def test_an_event_is_kept_with_the_author_of_its_post(
    http: httpx.AsyncClient, store: Store
) -> None:
    events = [sent("e1"), sent("e2", media_id="m2", kind="dwell", value=2.5)]
    answer = await http.post("/v1/events", json={"events": events})
    assert (answer.status_code, answer.json()) == (201, {"accepted": 2, "skipped": 0})
    recorded = {event.event_id: event for event in await store.events_of("u1", limit=5)}
    assert recorded == {
        "e1": Event("e1", "u1", "m1", "like", NOW, None, author_id="ann"),
        "e2": Event("e2", "u1", "m2", "dwell", NOW, 2.5, author_id="bob"),
    }


async def test_an_author_can_be_hidden_and_stays_known_without_the_post(
    http: httpx.AsyncClient, store: Store
) -> None:
    hide = sent("e1", media_id="m2", kind="hide_author")
    assert (await http.post("/v1/events", json={"events": [hide]})).status_code == 201
    await store.delete_post("m2")
    (recorded,) = await store.events_of("u1", limit=5, kinds=["hide_author"])
    assert recorded.author_id == "bob"


async def test_every_kind_is_accepted(http: httpx.AsyncClient) -> None:
    events = [sent(kind, kind=kind) for kind in get_args(Kind)]
    answer = await http.post("/v1/events", json={"events": events})
    assert (answer.status_code, answer.json()["accepted"]) == (201, 11)


async def test_an_unknown_post_refuses_the_batch(http: httpx.AsyncClient, store: Store) -> None:
    events = [sent("e1"), sent("e2", media_id="gone")]
    answer = await http.post("/v1/events", json={"events": events})
    assert (answer.status_code, answer.json()["media_ids"]) == (404, ["gone"])
    assert await store.events_of("u1", limit=5) == []


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"event_id": ""}, "body.events.0.event_id: String should have at least 1 character"),
        ({"user_id": "\ud800"}, "body.events.0.user_id: "),
        ({"kind": "love"}, "body.events.0.kind: Input should be 'view', 'dwell', 'like'"),
        ({"value": "long"}, "body.events.0.value: Input should be a valid number"),
        ({"at": None}, "body.events.0.at: Input should be a valid datetime"),
        ({"at": "2026-11-01T12:00:00"}, "body.events.0.at: Input should have timezone info"),
        ({"at": "2026-11-01T12:05:01Z"}, "event 'e1': at lies in the future: 2026-11-01T12:05:01"),
        ({"at": "9999-12-31T23:59:59Z"}, "event 'e1': at lies in the future: 9999-12-31T23:59:59"),
        ({"at": "9999-12-31T23:59:59-23:00"}, "body.events.0.at: Value error, lies outside the"),
        ({"at": "1969-12-31T23:59:59Z"}, "event 'e1': at is before 1970: 1969-12-31T23:59:59"),
        ({"weight": 2}, "body.events.0.weight: Extra inputs are not permitted"),
    ],
)
@shares_the_loop
async def test_an_event_that_is_none_refuses_the_batch(
    shared: App, changes: dict[str, object], detail: str
) -> None:
    events = [{**sent("e1"), **changes}, sent("e2")]
    body = json.dumps({"events": events}).encode()
    answer = await shared.http.post(
        "/v1/events", content=body, headers={"content-type": "application/json"}
    )
    check_problem(answer, 422, detail)
    assert await shared.store.events_of("u1", limit=5) == []


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e400"])
@shares_the_loop
async def test_a_value_that_is_no_finite_number(shared: App, value: str) -> None:
    body = json.dumps({"events": [sent("e1", kind="dwell", value=0)]}).replace(
        '"value": 0', f'"value": {value}'
    )
    answer = await shared.http.post(
        "/v1/events", content=body.encode(), headers={"content-type": "application/json"}
    )
    check_problem(answer, 422, "body.events.0.value: Input should be a finite number")


@shares_the_loop
async def test_a_batch_has_one_to_a_thousand_events(shared: App) -> None:
    answer = await shared.post("/v1/events", events=[])
    check_problem(answer, 422, "body.events: List should have at least 1 item")
    answer = await shared.post("/v1/events", events=[sent(f"e{n}") for n in range(1001)])
    check_problem(answer, 422, "body.events: List should have at most 1000 items")


@shares_the_loop
async def test_an_id_twice_in_a_batch_is_a_mistake(shared: App) -> None:
    events = [sent("e1"), sent("e2"), sent("e1", kind="save")]
    answer = await shared.post("/v1/events", events=events)
    check_problem(answer, 409, "1 event ids stand twice in the batch; none was written")
    assert answer.json()["duplicates"] == ["e1"]
    assert await shared.store.events_of("u1", limit=5) == []


async def test_a_retry_is_told_or_skipped(app: App) -> None:
    assert (await app.post("/v1/events", events=[sent("e1")])).status_code == 201
    again = [sent("e1"), sent("e2", kind="save")]
    answer = await app.post("/v1/events", events=again)
    check_problem(answer, 409, "1 of the events are recorded already; none was written")
    answer = await app.http.post("/v1/events?on_duplicate=skip", json={"events": again})
    assert (answer.status_code, answer.json()) == (201, {"accepted": 1, "skipped": 1})
    recorded = await app.store.events_of("u1", limit=5)
    assert [event.kind for event in recorded] == ["like", "save"]


async def test_what_is_served_next_heeds_an_event(app: App) -> None:
    await app.store.put_posts([post("m3", content_hash="sha256:3", perceptual_hash=None)])
    before = (await app.post("/v1/feed", user_id="u1")).json()["items"]
    assert "m3" in {item["media_id"] for item in before}
    await app.post("/v1/events", events=[sent("e1", media_id="m3", kind="skip")])
    after = (await app.post("/v1/feed", user_id="u1")).json()["items"]
    assert "m3" not in {item["media_id"] for item in after}


async def variants(app: App) -> dict[str, str | None]:
    """The variants of the viewer's events, by event id."""
    return {event.event_id: event.variant for event in await app.store.events_of("u1", limit=50)}


async def test_an_event_is_of_the_variant_that_served_its_post(app: App) -> None:
    await app.store.put_posts([single_post("m3", likes=9), single_post("m4"), single_post("m5")])
    app.clock.pass_by(minutes=2)
    page = (await app.post("/v1/feed", user_id="u1", limit=2)).json()
    shown = [item["media_id"] for item in page["items"]]
    later = sorted({"m3", "m4", "m5"} - set(shown))[0]
    at = {"now": app.clock().isoformat(), "before": NOW.isoformat()}
    first = [
        sent("served", media_id=shown[0], at=at["now"]),
        sent("earlier", media_id=shown[0], at=at["before"]),
        sent("a page on", media_id=later, at=at["now"]),
        sent("another viewer", user_id="u2", media_id=shown[0], at=at["now"]),
    ]
    assert (await app.post("/v1/events", events=first)).status_code == 201
    while page["cursor"] and later not in [item["media_id"] for item in page["items"]]:
        page = (await app.post("/v1/feed", user_id="u1", cursor=page["cursor"])).json()
    second = [sent("its page", media_id=later, kind="view", at=at["now"])]
    assert (await app.post("/v1/events", events=second)).status_code == 201
    assert await variants(app) == {
        "served": "multimodal",
        "earlier": None,
        "a page on": None,
        "its page": "multimodal",
    }
    (other,) = await app.store.events_of("u2", limit=5)
    assert other.variant is None


async def test_an_event_posted_again_keeps_its_variant(tmp_path: Path) -> None:
    experiment = ExperimentSetting.model_validate(
        {"name": "e", "variants": {"calm": {"share": 1}, "bold": {"share": 1}}}
    )
    async with open_app(tmp_path, Settings(experiment=experiment)) as app:
        await app.store.put_posts([single_post("m1")])
        moments = []
        for variant in ("bold", "calm"):
            page = (await app.post("/v1/feed", user_id="u1", variant=variant)).json()
            assert (page["variant"], page["items"][0]["media_id"]) == (variant, "m1")
            moments.append(app.clock().isoformat())
            app.clock.pass_by(minutes=1)
        early, late = moments
        assert (await app.post("/v1/events", events=[sent("e1", at=early)])).status_code == 201
        again = [sent("e1", at=late), sent("e2", kind="save", at=late)]
        answer = await app.http.post("/v1/events?on_duplicate=skip", json={"events": again})
        assert answer.json() == {"accepted": 1, "skipped": 1}
        assert await variants(app) == {"e1": "bold", "e2": "calm"}
