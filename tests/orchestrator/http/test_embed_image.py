"""POST /embed-image, on made models."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orchestrator.errors import InferenceUnavailable, UndecodableMedia
from tests.support.app import App, open_app
from tests.support.fake_models import FakeModels
from tests.support.uploads import plain


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[App]:
    async with open_app(tmp_path) as opened:
        yield opened


def models_of(app: App) -> FakeModels:
    assert isinstance(app.services.models, FakeModels)
    return app.services.models


async def test_the_vector_and_what_made_it(app: App) -> None:
    answer = await app.http.post("/embed-image", files={"file": plain()})
    assert answer.status_code == 200
    body = answer.json()
    assert body.pop("embedding") == pytest.approx([0, 0, 0, 0.6, 0.8])
    assert body == {"dimension": 5, "model": {"fingerprint": "vit@1", "weights": "tiny"}}
    assert await app.store.count_posts() == 0


@pytest.mark.parametrize(
    ("failure", "status", "slug"),
    [
        (UndecodableMedia("truncated"), 422, "undecodable-media"),
        (InferenceUnavailable("away", model="legacy_embedding"), 503, "inference-unavailable"),
    ],
)
async def test_what_the_model_says_is_answered(
    app: App, failure: Exception, status: int, slug: str
) -> None:
    models_of(app).failing["embed_legacy"] = failure
    answer = await app.http.post("/embed-image", files={"file": plain()})
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:feedlens:problem:{slug}")


async def test_what_is_no_picture_asks_no_model(app: App) -> None:
    answer = await app.http.post("/embed-image", files={"file": b"text"})
    assert (answer.status_code, models_of(app).calls) == (422, [])


async def test_it_is_admitted_like_an_extraction(app: App) -> None:
    places = [app.services.admission.place() for _ in range(32)]
    for place in places:
        place.__enter__()
    answer = await app.http.post("/embed-image", files={"file": plain()})
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    for place in places:
        place.__exit__(None, None, None)
