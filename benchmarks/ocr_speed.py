"""`python -m benchmarks.ocr_speed`: the `ocr` model alone on a real Triton, memes of 800 × 600.

Laid out for this machine's cores as in production; the environment's FEEDLENS_OCR_<NAME> settings
apply to it.
"""

import asyncio
import os
import platform
import shutil
import tempfile
from pathlib import Path

from benchmarks.inputs import meme
from benchmarks.running import running_triton
from benchmarks.timing import WARMUP, Timing, measure_async
from orchestrator.deadline import Deadline
from orchestrator.inference.models import TextLine, TritonModels
from orchestrator.inference.triton import TritonAddress, TritonClient

TARGET_P50_MS = 300

_MODEL = Path(__file__).resolve().parent.parent / "model_repository" / "ocr"
_CALLS = 60


async def measure_ocr(grpc_url: str) -> Timing:
    """One call after the other, each with a meme of its own, drawn beforehand.

    Raises:
        RuntimeError: a meme's words were misread, so that the time means nothing.
    """
    client = TritonClient(TritonAddress(grpc_url))
    models = TritonModels(client)
    memes = {number: meme(number) for number in range(-WARMUP, _CALLS)}

    async def read(number: int) -> None:
        lines = await models.read_text(memes[number], Deadline.after(60.0))
        _check(number, lines)

    try:
        return await measure_async("ocr, 800 × 600 meme", read, calls=_CALLS)
    finally:
        await client.close()


def main() -> None:
    """Serves the model, measures it and prints the times beside the target."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(_MODEL, folder / "repository" / "ocr")
        with running_triton(folder / "repository", folder / "run") as triton:
            timing = asyncio.run(measure_ocr(triton.grpc_url))
    print(
        f"{timing.name}: p50 {timing.p50_ms:.1f} ms (target ≤ {TARGET_P50_MS}),"
        f" p99 {timing.p99_ms:.1f} ms, {len(timing.times_ms)} calls,"
        f" {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}"
    )


def _check(number: int, lines: tuple[TextLine, ...]) -> None:
    found = [line.text.replace(" ", "") for line in lines]
    if found[-1:] != ["FINALLYPASSES"]:
        raise RuntimeError(f"meme {number} was misread: {found}")


if __name__ == "__main__":
    main()
