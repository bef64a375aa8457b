"""/v1/generations in process: made models of two generations over the real embedded store."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orchestrator.deadline import Deadline
from orchestrator.inference.models import Vector
from orchestrator.settings import Settings
from tests.orchestrator.generations.pictures import picture
from tests.support.app import App, open_app
from tests.support.fake_models import FINGERPRINTS, FakeModels, Gate

NEXT = replace(
    FINGERPRINTS,
    visual=replace(FINGERPRINTS.visual, id="clip@2", dimension=6),
    caption=replace(FINGERPRINTS.caption, id="clip-text@2", dimension=6),
    text=replace(FINGERPRINTS.text, id="mpnet@2"),
)
PICTURE = picture()


class NextModels(FakeModels):
    """The models to change to, whose picture vectors are longer."""

    async def embed_image(self, image: bytes, deadline: Deadline) -> Vector:
        await super().embed_image(image, deadline)
        return np.array([0, 0, 0, 0, 0, 1], dtype=np.float32)

    async def embed_caption(self, caption: str, deadline: Deadline) -> Vector:
        await super().embed_caption(caption, deadline)
        return np.array([0, 0, 0, 0, 1, 0], dtype=np.float32)


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    settings = Settings(uploads_path=tmp_path / "uploads", store_path=tmp_path / "store")
    async with open_app(tmp_path / "store", settings) as opened:
        yield opened


async def publish(app: App, media_id: str) -> None:
    answer = await app.http.post(
        "/v1/media",
        data={"media_id": media_id, "author_id": "ann", "caption": "A cat"},
        files={"file": PICTURE.data},
    )
    assert answer.status_code == 201


async def connect(app: App) -> str:
    return await app.services.generations.connect(NextModels(fingerprints_now=NEXT), NEXT)


async def listed(app: App) -> dict[str, Any]:
    found = (await app.http.get("/v1/generations")).json()["generations"]
    return {generation["id"]: generation for generation in found}


async def filled(app: App, key: str) -> None:
    started = await app.http.post(f"/v1/generations/{key}/backfill")
    assert started.status_code == 202
    run = app.services.backfills.last(key)
    assert run is not None
    await run.wait()
    assert run.state == "done"


async def visual_of(app: App, media_id: str) -> list[float]:
    answer = await app.http.get(f"/v1/media/{media_id}", params={"vectors": "true"})
    vector: list[float] = answer.json()["visual_embedding"]
    return vector


async def test_to_the_next_models_and_back(app: App) -> None:
    await publish(app, "before")
    (first,) = await listed(app)
    second = await connect(app)
    await publish(app, "meanwhile")
    await app.services.followers.settle()
    states = await listed(app)
    assert (states[first]["active"], states[second]["active"]) == (True, False)
    assert states[second]["filled_share"] == 0.5
    await filled(app, second)
    activated = await app.http.post(f"/v1/generations/{second}/activate")
    assert activated.json()["active"] is True
    assert activated.json()["fingerprints"] == {"visual": "clip@2", "text": "mpnet@2"}
    assert await visual_of(app, "before") == [0, 0, 0, 0, 0, 1]
    assert await visual_of(app, "meanwhile") == [0, 0, 0, 0, 0, 1]
    await publish(app, "after")
    await app.services.followers.settle()
    await app.http.post(f"/v1/generations/{first}/activate")
    # What was uploaded while the next models served has the former's vectors too.
    assert await visual_of(app, "after") == [1, 0, 0, 0]
    assert await visual_of(app, "before") == [1, 0, 0, 0]


async def test_feeds_and_events_go_on_across_the_switch(app: App) -> None:
    for number in range(6):
        await publish(app, f"m{number}")
    second = await connect(app)
    await filled(app, second)
    page = (await app.post("/v1/feed", user_id="u1", limit=2)).json()
    await app.http.post(f"/v1/generations/{second}/activate")
    hidden = page["items"][0]["media_id"]
    at = app.clock().isoformat()
    event = {"event_id": "e1", "user_id": "u1", "media_id": hidden, "kind": "hide", "at": at}
    assert (await app.post("/v1/events", events=[event])).status_code == 201
    following = await app.post("/v1/feed", user_id="u1", cursor=page["cursor"])
    assert following.status_code == 200
    fresh = (await app.post("/v1/feed", user_id="u1", limit=50)).json()["items"]
    assert hidden not in {item["media_id"] for item in fresh}


async def test_one_that_lacks_vectors_serves_only_if_forced(app: App) -> None:
    await publish(app, "m1")
    second = await connect(app)
    refused = await app.http.post(f"/v1/generations/{second}/activate")
    assert refused.status_code == 409
    assert "0.0% of the posts looked at have vectors" in refused.json()["detail"]
    forced = await app.http.post(f"/v1/generations/{second}/activate", params={"force": "true"})
    assert forced.json()["active"] is True


async def test_what_serves_is_not_dropped_and_what_is_dropped_is_gone(app: App) -> None:
    await publish(app, "m1")
    (first,) = await listed(app)
    second = await connect(app)
    assert (await app.http.delete(f"/v1/generations/{first}")).status_code == 409
    assert (await app.http.delete(f"/v1/generations/{second}")).status_code == 204
    assert list(await listed(app)) == [first]
    for path in ("activate", "backfill"):
        assert (await app.http.post(f"/v1/generations/{second}/{path}")).status_code == 404
    assert await visual_of(app, "m1") == [1, 0, 0, 0]


async def test_a_comparison(app: App) -> None:
    for number in range(4):
        await publish(app, f"m{number}")
    second = await connect(app)
    await filled(app, second)
    found = (await app.http.get(f"/v1/generations/{second}/comparison")).json()
    assert found["posts"] == {"visual": 4, "text": 4}
    assert found["neighbours"] == {"visual": 1.0, "text": 1.0}
    assert found["viewers"] == 0


async def test_a_search_that_spans_the_switch_compares_nothing_of_two_models(app: App) -> None:
    await publish(app, "m1")
    second = await connect(app)
    await filled(app, second)
    models = app.services.models
    assert isinstance(models, FakeModels)
    models.gates["embed_text"] = gate = Gate()
    searching = asyncio.ensure_future(app.post("/v1/search/text", text="a cat"))
    await gate.came.wait()
    await app.http.post(f"/v1/generations/{second}/activate")
    gate.set()
    answer = await searching
    assert answer.status_code == 200
    assert [item["media_id"] for item in answer.json()["items"]] == ["m1"]


async def test_another_caption_keeps_the_other_models_picture(app: App) -> None:
    await publish(app, "m1")
    second = await connect(app)
    await filled(app, second)
    # Nobody has the picture any more.
    await app.services.shared.kept_uploads.forget("m1")
    changed = await app.http.patch("/v1/media/m1", json={"caption": "A dog"})
    assert changed.status_code == 200
    await app.services.followers.settle()
    assert (await listed(app))[second]["filled_share"] == 1.0
    await app.http.post(f"/v1/generations/{second}/activate")
    assert await visual_of(app, "m1") == [0, 0, 0, 0, 0, 1]


async def test_one_that_another_process_dropped_can_come_back(app: App) -> None:
    await publish(app, "m1")
    second = await connect(app)
    generations = app.services.generations
    await generations._store.drop(generations.schema(second))
    await generations.refresh()
    assert second not in await listed(app)
    assert await connect(app) == second
    await filled(app, second)
    assert (await listed(app))[second]["filled_share"] == 1.0


async def test_the_backfill_of_what_serves_goes_on_when_it_can_not_be_dropped(app: App) -> None:
    (first,) = await listed(app)
    started = app.services.backfills.start(first, workers=1)
    assert (await app.http.delete(f"/v1/generations/{first}")).status_code == 409
    await started.wait()
    assert started.state == "done"


async def test_an_unknown_triton_is_a_503(app: App) -> None:
    answer = await app.post("/v1/generations", triton_url="127.0.0.1:9")
    assert answer.status_code == 503
    for nonsense in ("nonsense", "host:0", "host:99999"):
        assert (await app.post("/v1/generations", triton_url=nonsense)).status_code == 422
