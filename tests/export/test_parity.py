from __future__ import annotations

import numpy as np
import pytest
import torch

from export.errors import ParityFailed
from export.graph import to_onnx
from export.parity import FP32, Tolerance, compare, measure, require


def test_equal_vectors_hold() -> None:
    vectors = np.array([[1, 0], [0.6, 0.8]], dtype=np.float32)
    parity = measure(vectors, vectors, FP32)
    assert parity.min_cosine == pytest.approx(1)
    assert (parity.max_abs_difference, parity.vectors, parity.holds) == (0, 2, True)


def test_worst_vector_counts() -> None:
    ours = np.array([[1, 0], [1, 0]], dtype=np.float32)
    theirs = np.array([[1, 0], [0.6, 0.8]], dtype=np.float32)
    parity = measure(ours, theirs, FP32)
    assert parity.min_cosine == pytest.approx(0.6)
    assert parity.max_abs_difference == pytest.approx(0.8)
    assert not parity.holds


def test_error_in_one_component_fails_though_the_cosine_is_high() -> None:
    theirs = np.full((1, 512), 512**-0.5, dtype=np.float32)
    ours = theirs.copy()
    ours[0, 3] += 5e-4
    parity = measure(ours, theirs, FP32)
    assert parity.min_cosine >= FP32.min_cosine
    assert not parity.holds


def test_not_a_number_never_holds() -> None:
    theirs = np.array([[1, 0]], dtype=np.float32)
    assert not measure(np.array([[np.nan, 0]], dtype=np.float32), theirs, FP32).holds
    assert not measure(np.array([[0, 0]], dtype=np.float32), theirs, Tolerance(0.9, 2)).holds


def test_graph_of_other_weights_fails_with_the_figures() -> None:
    torch.manual_seed(0)
    batch = {"input": torch.rand(4, 8)}
    exported, other = torch.nn.Linear(8, 3).eval(), torch.nn.Linear(8, 3).eval()
    graph = to_onnx(exported, batch, {0: "batch"}, metadata={})

    assert compare(graph, exported, [batch], FP32).holds
    wrong = compare(graph, other, [batch], FP32)
    with pytest.raises(ParityFailed, match=r"clip_image: .* min cosine .* repository is unchanged"):
        require("clip_image", wrong)


def test_failure_exits_3() -> None:
    assert ParityFailed.exit_code == 3
