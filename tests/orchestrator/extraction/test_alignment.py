import numpy as np
import pytest

from orchestrator.extraction.alignment import alignment_score


@pytest.mark.parametrize(("cosine", "score"), [(0.2, 0.5), (0.4, 1.0), (0.9, 1.0), (-0.3, 0.0)])
def test_clipscore(cosine: float, score: float) -> None:
    picture = np.array([1.0, 0.0], dtype=np.float32)
    caption = np.array([cosine, np.sqrt(1 - cosine**2)], dtype=np.float32)
    assert alignment_score(picture, caption) == pytest.approx(score, abs=1e-6)
