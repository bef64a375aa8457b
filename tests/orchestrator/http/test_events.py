from collections.abc import AsyncIterator
from pathlib import Path
from typing import get_args

import httpx
import pytest

from orchestrator.store.protocol import Store
from orchestrator.store.records import Event, Kind
from tests.orchestrator.store.conformance import NOW, post
from tests.support.app import App, open_app


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    """A post of ann's and one of bob's."""
    async with open_app(tmp_path) as opened:
        await opened.store.put_posts([post("m1"), post("m2", author_id="bob")])
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


@pytest.mark.parametrize("kind", get_args(Kind))
async def test_every_kind_is_accepted(http: httpx.AsyncClient, kind: str) -> None:
    answer = await http.post("/v1/events", json={"events": [sent("e1", kind=kind)]})
    assert answer.status_code == 201


async def test_an_unknown_post_refuses_the_batch(http: httpx.AsyncClient, store: Store) -> None:
    events = [sent("e1"), sent("e2", media_id="gone")]
    answer = await http.post("/v1/events", json={"events": events})
    assert (answer.status_code, answer.json()["media_ids"]) == (404, ["gone"])
    assert await store.events_of("u1", limit=5) == []
