"""Extraction of an 800 × 600 meme: each model alone, one after the other, and the whole."""

from pathlib import Path

import httpx

from benchmarks.inputs import meme
from benchmarks.running import running_orchestrator
from benchmarks.timing import WARMUP, Timing, measure, measure_async
from orchestrator.deadline import Deadline
from orchestrator.inference.models import TritonModels
from orchestrator.inference.triton import TritonAddress, TritonClient

_CALLS = 40
_CAPTION = "The moment when everything works, number {}"
_WORDS = _CAPTION + "\nWHEN TEST NUMBER {}\nFINALLY PASSES"


async def bench_models(grpc_url: str) -> list[Timing]:
    """The models of an extraction, called alone."""
    client = TritonClient(TritonAddress(grpc_url))
    models = TritonModels(client)
    memes = _memes()
    try:
        return [
            await measure_async(
                "image_embedding alone",
                lambda n: models.embed_image(memes[n], _deadline()),
                calls=_CALLS,
            ),
            await measure_async(
                "ocr alone", lambda n: models.read_text(memes[n], _deadline()), calls=_CALLS
            ),
            await measure_async(
                "clip_text_embedding alone",
                lambda n: models.embed_caption(_CAPTION.format(n), _deadline()),
                calls=_CALLS,
            ),
            await measure_async(
                "text_embedding alone",
                lambda n: models.embed_text(_WORDS.format(n, n), _deadline()),
                calls=_CALLS,
            ),
        ]
    finally:
        await client.close()


def bench_extraction(grpc_url: str, folder: Path) -> list[Timing]:
    """POST /extract-multimodal over HTTP: pictures never seen before, then one seen before."""
    memes = _memes()
    with running_orchestrator(grpc_url, folder / "extraction") as client:
        return [
            measure(
                "POST /extract-multimodal, uncached",
                lambda n: _extract(client, memes[n], _CAPTION.format(n)),
                calls=_CALLS,
            ),
            measure(
                "POST /extract-multimodal, cached",
                lambda _: _extract(client, memes[0], _CAPTION.format(0)),
                calls=_CALLS,
            ),
        ]


def _memes() -> dict[int, bytes]:
    """Drawn before anything is timed; those of the warm-up have negative numbers."""
    return {number: meme(number) for number in range(-WARMUP, _CALLS)}


def _extract(client: httpx.Client, picture: bytes, caption: str) -> None:
    answer = client.post("/extract-multimodal", files={"file": picture}, data={"caption": caption})
    if answer.raise_for_status().json()["degraded"]:
        raise RuntimeError(f"a degraded answer was measured: {answer.text[:200]}")


def _deadline() -> Deadline:
    return Deadline.after(30.0)
