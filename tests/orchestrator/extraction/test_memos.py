"""Keys that change with what made an answer."""

import numpy as np

from orchestrator.caching.counts import Counts
from orchestrator.caching.parameters import CacheParameters
from orchestrator.caching.process_cache import ProcessCache
from orchestrator.content.picture import Picture
from orchestrator.extraction.memos import Memos
from orchestrator.inference.models import TextLine, Vector
from tests.support.fake_models import FINGERPRINTS, LINE

PICTURE = Picture(b"bytes", "sha256:1", width=100, height=80)


async def unit() -> Vector:
    return np.array([1, 0, 0], dtype=np.float32)


async def lines() -> tuple[TextLine, ...]:
    return (LINE,)


async def test_a_change_of_the_ocr_models_that_is_told_makes_old_lines_unknown() -> None:
    cache = ProcessCache(9)
    counts = []
    for word in ("", "easyocr", ""):
        memos = Memos(cache, CacheParameters(ocr_models=word))
        assert await memos.lines(PICTURE, lines) == (LINE,)
        counts.append(memos.counts["ocr"])
    assert counts == [Counts(misses=1), Counts(misses=1), Counts(hits=1)]


async def test_lines_are_forgotten_sooner_than_vectors() -> None:
    now_s = [0.0]
    cache = ProcessCache(9, timer=lambda: now_s[0])
    memos = Memos(cache, CacheParameters(ttl_s=20, ocr_ttl_s=10))
    for moment_s in (0.0, 15.0):
        now_s[0] = moment_s
        await memos.lines(PICTURE, lines)
        await memos.visual(PICTURE, FINGERPRINTS.visual, unit)
    assert memos.counts["ocr"] == Counts(misses=2)
    assert memos.counts["visual"] == Counts(hits=1, misses=1)


async def test_caption_and_text_do_not_share_vectors() -> None:
    memos = Memos(ProcessCache(9), CacheParameters())
    for _ in range(2):
        await memos.text("cat", FINGERPRINTS.text, unit)
        await memos.caption("cat", FINGERPRINTS.text, unit)
    assert memos.counts["text"] == memos.counts["caption"] == Counts(hits=1, misses=1)
