import numpy as np
import pytest

from orchestrator.extraction.alignment import alignment_score, video_alignment_score


@pytest.mark.parametrize(("cosine", "score"), [(0.2, 0.5), (0.4, 1.0), (0.9, 1.0), (-0.3, 0.0)])
def test_clipscore(cosine: float, score: float) -> None:
    picture = np.array([1.0, 0.0], dtype=np.float32)
    caption = np.array([cosine, np.sqrt(1 - cosine**2)], dtype=np.float32)
    assert alignment_score(picture, caption) == pytest.approx(score, abs=1e-6)


def test_a_video_is_described_as_a_whole_and_by_its_best_frame() -> None:
    caption, off = (np.array(each, dtype=np.float32) for each in ([1, 0], [0, 1]))
    frame = np.array([0.2, 0.979796], dtype=np.float32)
    pooled = np.array([0.1, 0.994987], dtype=np.float32)
    # (2.5 · 0.1 + 2.5 · 0.2) / 2
    assert video_alignment_score(pooled, [off, frame], caption) == pytest.approx(0.375)
    # The best one is capped before the mean is taken.
    assert video_alignment_score(pooled, [caption, off], caption) == pytest.approx(0.625)
    assert video_alignment_score(off, [-caption], caption) == 0
