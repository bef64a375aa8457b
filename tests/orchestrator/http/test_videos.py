"""Videos over the real app, on made frames and made models."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors import TooLarge, Unavailable, UndecodableMedia
from orchestrator.inference.models import TextLine
from orchestrator.settings import Settings
from tests.support.app import App, open_app
from tests.support.fake_decoder import MP4, FakeDecoder
from tests.support.fake_models import LINE, FakeModels
from tests.support.problems import check_problem
from tests.support.uploads import plain

OTHER_LINE = TextLine("FIN", 0.95, LINE.box)
FACTS = {
    "media_type": "video",
    "duration_s": 3.0,
    "frame_times_s": [0.5, 1.5, 2.5],
    "representative_time_s": 1.5,
}
NO_FACTS = {"duration_s": None, "frame_times_s": None, "representative_time_s": None}
FORM = {"media_id": "m1", "author_id": "ann", "caption": "A cat"}


@pytest.fixture
def models() -> FakeModels:
    """The last frame says something of its own."""
    return FakeModels(lines_of={b"frame at 2.5": (OTHER_LINE,)})


@pytest.fixture
def decoder() -> FakeDecoder:
    return FakeDecoder()


@pytest.fixture
async def app(tmp_path: Path, models: FakeModels, decoder: FakeDecoder) -> AsyncIterator[App]:
    settings = Settings(uploads_path=tmp_path / "uploads")
    async with open_app(tmp_path, settings, models=models, decoder=decoder) as opened:
        yield opened


def told(answer: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    """What of an answer `facts` are of."""
    return {name: answer[name] for name in facts}


async def test_a_video_is_extracted(app: App) -> None:
    answer = await app.http.post(
        "/extract-multimodal", data={"caption": "A cat"}, files={"file": ("a.jpg", MP4)}
    )
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert told(body, FACTS) == FACTS
    assert body["visual_embedding"] == [1, 0, 0, 0]
    assert body["ocr_text"] == "MEOW MEOW MEOW\nFIN"
    assert body["alignment_score"] == pytest.approx(0.5)
    assert (body["has_text_embedding"], body["degraded"]) == (True, [])
    assert body["content_hash"].startswith("sha256:")


async def test_a_picture_has_no_length_and_no_frames(app: App) -> None:
    nothing = {"media_type": "image", **NO_FACTS}
    extracted = await app.http.post("/extract-multimodal", files={"file": plain()})
    assert told(extracted.json(), nothing) == nothing
    read = (await app.http.post("/extract-ocr", files={"file": plain()})).json()
    assert told(read, nothing) == nothing
    assert [line["time_s"] for line in read["lines"]] == [None]
    stored = await app.http.post("/v1/media", data=FORM, files={"file": plain()})
    assert told(stored.json(), nothing) == nothing


async def test_the_lines_of_a_video_have_their_first_time(app: App, models: FakeModels) -> None:
    answer = await app.http.post("/extract-ocr", files={"file": MP4})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert told(body, FACTS) == FACTS
    assert body["ocr_text"] == "MEOW MEOW MEOW\nFIN"
    assert [(line["text"], line["time_s"]) for line in body["lines"]] == [
        ("MEOW MEOW MEOW", 0.5),
        ("FIN", 2.5),
    ]
    # The video is twice as wide and as high as its frames.
    assert body["lines"][0]["box"] == [[0, 0], [80, 0], [80, 20], [0, 20]]
    assert "embed_images" not in models.calls


async def test_a_video_is_stored_read_and_found(app: App, decoder: FakeDecoder) -> None:
    created = await app.http.post("/v1/media", data=FORM, files={"file": MP4})
    assert created.status_code == 201, created.text
    assert told(created.json(), FACTS) == FACTS
    again = await app.http.post("/v1/media", data=FORM, files={"file": MP4})
    assert (again.status_code, again.json()) == (200, created.json())
    # Extraction and hash wanted it at once, and it was decoded once.
    assert len(decoder.asked) == 1
    stored = (await app.http.get("/v1/media/m1?vectors=true")).json()
    assert told(stored, FACTS) == FACTS
    assert stored["visual_embedding"] == [1, 0, 0, 0]

    where = {"filter": {"media_types": ["video"]}}
    await app.http.post("/v1/media", data={**FORM, "media_id": "m2"}, files={"file": plain()})
    found = (await app.post("/v1/search/text", text="fin", **where)).json()["items"]
    assert [item["media_id"] for item in found] == ["m1"]


async def test_another_caption_of_a_kept_video(app: App) -> None:
    await app.http.post("/v1/media", data=FORM, files={"file": MP4})
    changed = await app.http.patch("/v1/media/m1", json={"caption": "A dog"})
    assert changed.status_code == 200, changed.text
    body = changed.json()
    assert (body["caption"], body["alignment_score"]) == ("A dog", pytest.approx(0.5))
    assert (body["degraded"], told(body, FACTS)) == ([], FACTS)


@pytest.mark.parametrize(
    ("failure", "status", "problem"),
    [
        (UndecodableMedia("it has no video stream"), 422, "undecodable-media"),
        (TooLarge("it lasts 12 hours"), 413, "too-large"),
        (Unavailable("no place"), 503, "unavailable"),
    ],
)
@pytest.mark.parametrize("path", ["/extract-multimodal", "/extract-ocr", "/v1/media"])
async def test_what_the_decoder_refuses(
    app: App, decoder: FakeDecoder, path: str, failure: Exception, status: int, problem: str
) -> None:
    decoder.failing = failure
    answer = await app.http.post(path, data=FORM, files={"file": MP4})
    assert answer.status_code == status, answer.text
    assert answer.json()["type"].endswith(problem)
    assert str(failure) in answer.json()["detail"]
    assert await app.store.count_posts() == 0


async def test_while_all_models_are_away_it_is_refused(app: App, models: FakeModels) -> None:
    models.fail("embed_images", "embed_text", "read_text", "embed_caption", "preprocess")
    answer = await app.http.post("/v1/media", data=FORM, files={"file": MP4})
    check_problem(answer, 503, "embed_caption is away")
    assert await app.store.count_posts() == 0


async def test_a_video_has_a_time_limit_of_its_own(
    tmp_path: Path, models: FakeModels, decoder: FakeDecoder
) -> None:
    left: list[float] = []

    class Timed(FakeModels):
        async def fingerprints(self, deadline: Any) -> Any:
            left.append(deadline.remaining_s)
            return await super().fingerprints(deadline)

    settings = Settings(deadline_s=5, video={"deadline_s": 60})
    async with open_app(tmp_path, settings, models=Timed(), decoder=decoder) as app:
        await app.http.post("/extract-multimodal", files={"file": MP4})
        await app.http.post("/extract-multimodal", files={"file": plain()})
    assert 50 < left[0] <= 60
    assert left[1] <= 5


async def test_pictures_are_taken_while_videos_have_all_places_that_they_may_have(
    app: App, decoder: FakeDecoder
) -> None:
    decoder.gate = asyncio.Event()
    videos = [
        asyncio.ensure_future(app.http.post("/extract-ocr", files={"file": MP4 + b"%d" % i}))
        for i in range(20)
    ]
    done, waiting = await asyncio.wait(videos, timeout=5, return_when=asyncio.FIRST_COMPLETED)
    picture = await app.http.post("/extract-ocr", files={"file": plain()})
    assert picture.status_code == 200
    decoder.gate.set()
    answers = [(await video).status_code for video in (*done, *waiting)]
    assert sorted(answers) == [200] * 16 + [503] * 4
