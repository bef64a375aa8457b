import numpy as np
import pytest

from orchestrator.extraction.pooling import pooled


def test_the_mean_has_unit_norm() -> None:
    frames = [np.array(each, dtype=np.float32) for each in ([1, 0, 0], [1, 0, 0], [0, 1, 0])]
    vector = pooled(frames, representative=0)
    # (2, 1, 0) / √5
    assert vector == pytest.approx([0.894427, 0.447214, 0])
    assert vector.dtype == np.float32


def test_of_frames_that_cancel_each_other_out_it_is_the_representative_one() -> None:
    frames = [np.array(each, dtype=np.float32) for each in ([1, 0], [-1, 0])]
    assert pooled(frames, representative=1).tolist() == [-1, 0]
