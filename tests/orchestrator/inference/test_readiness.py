from dataclasses import replace

from orchestrator.inference.readiness import Readiness
from tests.support.fake_models import FINGERPRINTS, FakeModels


def readiness(models: FakeModels, *, interval_s: float = 0.0) -> Readiness:
    return Readiness(models, FINGERPRINTS, interval_s=interval_s, timeout_s=1.0)


async def test_every_model_is_asked() -> None:
    models = FakeModels()
    assert await readiness(models).failures() == {}
    assert set(models.calls) == {
        "embed_image", "embed_caption", "embed_text", "read_text", "fingerprints",
    }  # fmt: skip


async def test_the_model_that_fails_is_named() -> None:
    models = FakeModels()
    models.fail("read_text")
    assert await readiness(models).failures() == {"ocr": "read_text is away"}


async def test_within_the_interval_the_last_answer_stands() -> None:
    models = FakeModels()
    cached = readiness(models, interval_s=60.0)
    await cached.failures()
    models.fail("read_text")
    assert await cached.failures() == {}
    assert models.calls.count("read_text") == 1


async def test_other_weights_than_the_stores_are_not_ready() -> None:
    models = FakeModels()
    models.fingerprints_now = replace(FINGERPRINTS, text=replace(FINGERPRINTS.text, id="mpnet@2"))
    failures = await readiness(models).failures()
    assert "mpnet@2" in failures["model_card"]
