"""`python -m benchmarks.video`: how long videos take, what memory, and what pictures feel of it.

    python -m benchmarks.video --only times,pictures,memory

times     POST /extract-multimodal of videos that no cache knows, and the parts of it alone
pictures  POST /extract-multimodal of pictures, alone and beside videos, in turns
memory    what orchestrator, decoder and Triton take above idle for the largest accepted files
"""

import argparse
import asyncio
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

import httpx
import numpy as np

from benchmarks.inputs import meme
from benchmarks.memory_peaks import memory_peak, resident_mb
from benchmarks.running import Served, running_orchestrator_process, running_triton
from benchmarks.timing import Timing, measure
from benchmarks.video_inputs import LARGEST, cards, cuts, ten_minutes
from orchestrator.content.recognise import recognise
from orchestrator.content.video import Video
from orchestrator.deadline import Deadline
from orchestrator.frames.process import ProcessDecoder
from orchestrator.inference.models import TritonModels
from orchestrator.inference.triton import TritonAddress, TritonClient
from orchestrator.settings import Settings
from quickstart.weights import ensure_exported
from serving.cores import core_count

_REPOSITORY = Path("model_repository")
_CALLS = 12
_LONG_CALLS = 5
_WARMUP = 1
_PARTS_OF = 4
_TURNS = 5
_TURN_S = 8.0
_FILMS = 6
_SETTLE_S = 1.0
_KINDS = ("times", "pictures", "memory")


def main() -> None:
    """Measure what is wanted, one thing after the other, and print each as it is known."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.video",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", default=",".join(_KINDS))
    wanted = parser.parse_args().only.split(",")
    if not set(wanted) <= set(_KINDS):
        parser.error(f"--only takes some of {', '.join(_KINDS)}")
    ensure_exported(_REPOSITORY)
    _print(f"{core_count()} cores")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            running_triton(_REPOSITORY, folder / "run") as triton,
            running_orchestrator_process(triton.grpc_url, folder / "store") as served,
        ):
            if "times" in wanted:
                bench_times(served, triton.grpc_url)
            if "pictures" in wanted:
                bench_pictures(served)
            if "memory" in wanted:
                bench_memory(served, triton.process_id)


def bench_times(served: Served, grpc_url: str) -> None:
    """Each kind of video: the whole over HTTP, then its parts alone."""
    for name, make, calls in (
        ("10 s of 720p, 5 cuts, 2 cards of words", cuts, _CALLS),
        ("10 s of 720p, 8 cards of words", cards, _CALLS),
        ("10 min of 720p", ten_minutes, _LONG_CALLS),
    ):
        films = {number: make(number + 100) for number in range(-_WARMUP, calls)}
        first = dict.fromkeys(films, films[0])
        for title, uploads in ((name, films), ("  the same again", first)):
            call = partial(_extract_numbered, served.client, uploads)
            _print_timing(measure(title, call, calls=calls, warmup=_WARMUP))
        asyncio.run(_bench_parts(grpc_url, [films[n] for n in range(min(_PARTS_OF, calls))]))


async def _bench_parts(grpc_url: str, films: list[bytes]) -> None:
    """The decoder's process, CLIP and OCR, each alone and one after the other."""
    settings = Settings()
    decoder = ProcessDecoder(settings.video, max_pictures_pixels=settings.max_pixels)
    client = TritonClient(TritonAddress(grpc_url))
    models = TritonModels(client)
    times_ms: dict[str, list[float]] = {"decoding": [], "CLIP": [], "OCR": []}
    frames = []
    try:
        for film in films:
            medium = recognise(film, settings.medium_limits)
            if not isinstance(medium, Video):
                raise TypeError("a film is taken for a picture")
            with _timed(times_ms["decoding"]):
                sampled = await decoder.sample(medium, Deadline.after(60))
            images = [frame.picture.data for frame in sampled.frames]
            frames.append(len(images))
            with _timed(times_ms["CLIP"]):
                await models.embed_images(images, Deadline.after(60))
            with _timed(times_ms["OCR"]):
                await asyncio.gather(
                    *(models.read_text(image, Deadline.after(60)) for image in images)
                )
    finally:
        await client.close()
    for part, found_ms in times_ms.items():
        _print_timing(Timing(f"  {part} alone", tuple(found_ms)))
    _print(f"  frames: {frames}")


def bench_pictures(served: Served) -> None:
    """One caller with pictures; in every second turn another has one video after the other."""
    films = [cuts(500 + number) for number in range(_TURNS * _FILMS)]
    memes = iter([meme(30_000 + number) for number in range(2_000)])
    alone: list[float] = []
    beside: list[float] = []
    done = 0
    _pictures_for(2.0, served, memes)
    for turn in range(_TURNS):
        alone += _pictures_for(_TURN_S, served, memes)
        with _films_in_work(served.url, films[turn * _FILMS :][:_FILMS]) as finished:
            beside += _pictures_for(_TURN_S, served, memes)
        done += len(finished)
    for name, times_ms in (("pictures alone", alone), ("pictures beside videos", beside)):
        _print_timing(Timing(name, tuple(times_ms)))
    for percentile in (50, 95):
        ratio = np.percentile(beside, percentile) / np.percentile(alone, percentile)
        _print(f"  p{percentile}, beside ÷ alone: {ratio:.2f}")
    _print(f"  videos meanwhile: {done} in {_TURNS * _TURN_S:.0f} s")


def _pictures_for(seconds: float, served: Served, memes: Iterator[bytes]) -> list[float]:
    times_ms: list[float] = []
    until_s = time.perf_counter() + seconds
    while time.perf_counter() < until_s:
        picture = next(memes)
        with _timed(times_ms):
            _extract(served.client, picture)
    return times_ms


@contextmanager
def _films_in_work(url: str, films: list[bytes]) -> Iterator[list[float]]:
    """One film after the other while the block runs; the times of those that are done by then."""
    ended = threading.Event()
    times_ms: list[float] = []

    def work() -> None:
        with httpx.Client(base_url=url, timeout=60) as client:
            for film in films:
                with _timed(times_ms):
                    _extract(client, film)
                if ended.is_set():
                    return
        if not ended.is_set():
            _print("  the films ran out before the turn was over")

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield times_ms
    finally:
        ended.set()
        thread.join()


def bench_memory(served: Served, triton_id: int) -> None:
    """One file after the other, each beside what was in memory just before."""
    for number in range(20):
        _extract(served.client, meme(40_000 + number))
    _extract(served.client, cuts(40_000))
    _print(f"{'MB above idle':<46}{'orchestrator':>13}{'decoder':>9}{'together':>9}{'Triton':>8}")
    for name, make in LARGEST.items():
        film = make()
        time.sleep(_SETTLE_S)
        idle_mb, triton_mb = resident_mb(served.process_id), resident_mb(triton_id)
        with memory_peak(served.process_id) as ours, memory_peak(triton_id) as triton:
            start_s = time.perf_counter()
            answer = served.client.post("/extract-multimodal", files={"file": film})
            took_s = time.perf_counter() - start_s
        _print(
            f"{name:<46}{ours.long_lived_mb - idle_mb:>13.0f}{ours.started_mb:>9.0f}"
            f"{ours.together_mb - idle_mb:>9.0f}{triton.long_lived_mb - triton_mb:>8.0f}"
            f"  {answer.status_code} in {took_s:.1f} s, {len(film) / 1e6:.1f} MB{_outcome(answer)}"
        )


def _outcome(answer: httpx.Response) -> str:
    body = answer.json()
    if answer.is_error:
        return f": {body['detail']}"
    return f", {len(body['frame_times_s'])} frames"


def _extract_numbered(client: httpx.Client, uploads: dict[int, bytes], number: int) -> None:
    _extract(client, uploads[number])


def _extract(client: httpx.Client, upload: bytes) -> None:
    answer = client.post("/extract-multimodal", files={"file": upload}, data={"caption": "A film"})
    if answer.raise_for_status().json()["degraded"]:
        raise RuntimeError(f"a degraded answer was measured: {answer.text[:200]}")


@contextmanager
def _timed(times_ms: list[float]) -> Iterator[None]:
    start_s = time.perf_counter()
    yield
    times_ms.append((time.perf_counter() - start_s) * 1000)


def _print_timing(timing: Timing) -> None:
    p95_ms = float(np.percentile(timing.times_ms, 95))
    _print(
        f"{timing.name:<46}p50 {median(timing.times_ms):>6.0f} ms, p95 {p95_ms:>6.0f} ms,"
        f" {len(timing.times_ms)} calls"
    )


def _print(line: str) -> None:
    print(line)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
