"""POST /v1/search/visual, /text and /hybrid by an uploaded picture, on made models."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.orchestrator.store.conformance import post, unit
from tests.support.app import App, open_app
from tests.support.fake_models import FINGERPRINTS, LINE, FakeModels
from tests.support.problems import check_problem
from tests.support.uploads import plain

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIDES = ("visual", "text", "hybrid")
MODELS = FakeModels()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[App]:
    """Two posts; the made models see (1, 0, 0, 0) and read (0, 1, 0) in every picture."""
    async with open_app(tmp_path_factory.mktemp("app"), models=MODELS) as opened:
        await opened.store.put_posts(
            [post("looks"), post("says", visual=unit(0, 1, 0, 0), text=unit(0, 1, 0), likes=9)]
        )
        yield opened


@pytest.fixture(autouse=True)
def _fresh_models() -> None:
    MODELS.failing.clear()
    MODELS.calls.clear()
    MODELS.texts.clear()
    MODELS.lines = (LINE,)
    MODELS.fingerprints_now = FINGERPRINTS


_COLOURS = iter(range(256))


def unseen() -> bytes:
    """A picture that no cache knows."""
    return plain(f"#0000{next(_COLOURS):02x}", size=(32, 32))


async def search(app: App, side: str, **form: str) -> httpx.Response:
    return await app.http.post(f"/v1/search/{side}", data=form, files={"file": unseen()})


async def found(app: App, side: str, **form: str) -> list[dict[str, Any]]:
    answer = await search(app, side, **form)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.mark.parametrize(
    ("side", "best", "models"),
    [("visual", "looks", {"embed_image"}), ("text", "says", {"read_text", "embed_text"})],
)
async def test_one_side_asks_only_its_models(
    app: App, side: str, best: str, models: set[str]
) -> None:
    items = await found(app, side)
    assert (items[0]["media_id"], items[0]["score"]) == (best, pytest.approx(1.0))
    assert set(MODELS.calls) == {"fingerprints"} | models


async def test_hybrid_by_what_is_seen_and_what_is_written_with_a_caption(app: App) -> None:
    items = await found(app, "hybrid", caption=" Cats ", weights='{"visual": 3, "text": 1}')
    assert MODELS.texts == ["Cats\nMEOW MEOW MEOW"]
    assert [(item["media_id"], item["contributions"]) for item in items] == [
        ("looks", {"visual": pytest.approx(0.75), "text": pytest.approx(0.0)}),
        ("says", {"visual": pytest.approx(0.0), "text": pytest.approx(0.25)}),
    ]


async def test_a_picture_without_words(app: App) -> None:
    MODELS.lines = ()
    check_problem(await search(app, "text"), 422, "no words in the picture")
    items = await found(app, "hybrid")
    assert [item["contributions"].keys() for item in items] == [{"visual"}, {"visual"}]
    await found(app, "hybrid", caption="Meow")
    assert MODELS.texts == ["Meow"]


async def test_limit_and_filter_as_json(app: App) -> None:
    assert len(await found(app, "visual", limit="1")) == 1
    where = json.dumps({"min_likes": 5})
    assert [item["media_id"] for item in await found(app, "hybrid", filter=where)] == ["says"]


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(
    ("form", "detail"),
    [
        ({"filter": "{"}, "filter"),
        ({"filter": '{"colour": "red"}'}, "colour"),
        ({"filter": '{"min_likes": 3, "max_likes": 2}'}, "min_likes is above"),
        ({"limit": "0"}, "limit"),
        ({"colour": "red"}, "colour"),
        ({"media_id": "looks"}, "media_id"),
    ],
)
async def test_a_form_that_is_refused(
    app: App, side: str, form: dict[str, str], detail: str
) -> None:
    check_problem(await search(app, side, **form), 422, detail)
    assert MODELS.calls == []


@pytest.mark.parametrize(
    ("form", "detail"),
    [({"weights": "1"}, "weights"), ({"weights": '{"visual": 0, "text": 0}'}, "above 0")],
)
async def test_weights_that_are_refused(app: App, form: dict[str, str], detail: str) -> None:
    check_problem(await search(app, "hybrid", **form), 422, detail)


@pytest.mark.parametrize("side", SIDES)
async def test_a_file_that_is_missing_or_no_picture(app: App, side: str) -> None:
    path = f"/v1/search/{side}"
    missing = await app.http.post(path, data={}, files={"other": b"x"})
    check_problem(missing, 422, "file")
    check_problem(await app.http.post(path, files={"file": b"words"}), 422, "not a picture")
    text = {"file": (None, b"words")}
    check_problem(await app.http.post(path, files=text), 422, "multipart/form-data")


@pytest.mark.parametrize(("side", "away"), [("visual", "embed_image"), ("hybrid", "read_text")])
async def test_half_of_what_was_asked_for_is_no_answer(app: App, side: str, away: str) -> None:
    MODELS.fail(away)
    check_problem(await search(app, side), 503, away)


@pytest.mark.parametrize(
    ("side", "model"), [("visual", "visual"), ("text", "text"), ("hybrid", "visual")]
)
async def test_models_that_are_not_those_of_the_store(app: App, side: str, model: str) -> None:
    other = replace(getattr(FINGERPRINTS, model), id="other@2")
    MODELS.fingerprints_now = replace(FINGERPRINTS, **{model: other})
    check_problem(await search(app, side), 409, "other@2")
