from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from export.cpu import open_session
from export.quantize import column_scales, row_scales, to_int8

MODELS = ("clip_image", "clip_text", "text_encoder", "vit_legacy")
WEIGHTS = arrays(
    np.float32,
    st.tuples(st.integers(1, 9), st.integers(1, 3)),
    elements=st.floats(-1000, 1000, width=32),
)


def fp32_graph(repository: Path, model: str) -> bytes:
    return (repository / model / "1/model.onnx").read_bytes()


@pytest.fixture(scope="module")
def minilm(repository: Path) -> bytes:
    return to_int8(fp32_graph(repository, "text_encoder"))


def vectors(graph: bytes, **inputs: NDArray[np.generic]) -> NDArray[np.float32]:
    (found,) = open_session(graph).run(None, inputs)
    return found


def tokens(*rows: list[int]) -> dict[str, NDArray[np.int64]]:
    ids = np.array(rows)
    return {"input_ids": ids, "attention_mask": (ids != 0).astype(np.int64)}


@given(WEIGHTS)
@example(np.array([[1e-45]], dtype=np.float32))
def test_no_pair_of_products_overflows_16_bits_and_no_weight_is_far_off(
    weight: NDArray[np.float32],
) -> None:
    scales = column_scales(weight)
    whole = np.rint(weight / scales).clip(-127, 127).astype(np.int64)
    even = np.vstack([whole, np.zeros((len(whole) % 2, whole.shape[1]), dtype=np.int64)])
    for first, second in even.reshape(-1, 2, whole.shape[1]):
        # Activations from 0 to 255: the largest sum is of the weights of one sign.
        assert (255 * (first.clip(min=0) + second.clip(min=0)) <= 32767).all()
        assert (255 * (first.clip(max=0) + second.clip(max=0)) >= -32768).all()
    assert (np.abs(whole * scales - weight) <= scales * 0.5001).all()


def test_row_scales_by_hand() -> None:
    table = np.array([[3, -5], [0, 0], [1e-45, 0]], dtype=np.float32)
    np.testing.assert_allclose(row_scales(table)[:, 0], [5 / 127, 1, 1], rtol=1e-6)


def test_column_scales_by_hand() -> None:
    # Rows 0 and 1 are a pair, as are 2 and 3: peaks 3 + 4 of one sign, and 5 alone of the other.
    weight = np.array([[3, -5], [4, 2], [0, 1], [6, 1], [1, 0]], dtype=np.float32)
    np.testing.assert_allclose(column_scales(weight), [7 / 127, 5 / 127], rtol=1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_tensors_outside_stay_as_they_are_and_the_file_shrinks(
    repository: Path, model: str
) -> None:
    full = fp32_graph(repository, model)
    reduced = to_int8(full)
    before, after = (onnx.load_from_string(graph).graph for graph in (full, reduced))
    assert (after.input, after.output) == (before.input, before.output)
    assert len(reduced) < 0.9 * len(full)
    onnx.checker.check_model(onnx.load_from_string(reduced))


def test_all_but_value_projections_multiply_in_int8(repository: Path, minilm: bytes) -> None:
    graph = onnx.load_from_string(minilm).graph
    kinds = Counter(node.op_type for node in graph.node)
    # Six layers of query, key, value, output and two of the feed-forward; query and key share
    # what they quantize. What is left in fp32: a value projection and two products of attention.
    assert kinds["MatMulIntegerToFloat"] == 6 * 5
    assert kinds["QuantizeLinear"] == 6 * 4
    assert kinds["MatMul"] == 6 * 3
    # The scales and the table itself; the 47 MB of fp32 vocabulary are gone.
    tables = [tensor for tensor in graph.initializer if tensor.dims and tensor.dims[0] == 30522]
    assert sorted((tensor.data_type, *tensor.dims) for tensor in tables) == [
        (onnx.TensorProto.FLOAT, 30522, 1),
        (onnx.TensorProto.INT8, 30522, 384),
    ]
    assert len(minilm) < 0.3 * len(fp32_graph(repository, "text_encoder"))


def test_same_graph_gives_the_same_bytes(repository: Path, minilm: bytes) -> None:
    assert to_int8(fp32_graph(repository, "text_encoder")) == minilm


def test_vector_does_not_depend_on_what_it_is_batched_with(minilm: bytes) -> None:
    text, loud = [101, 2023, 2003, 102], [101, 999, 999, 999]
    alone = vectors(minilm, **tokens(text))
    beside = vectors(minilm, **tokens(text, loud, loud))
    np.testing.assert_allclose(beside[:1], alone, atol=1e-6)


def test_padding_changes_nothing(minilm: bytes) -> None:
    text = [101, 2023, 2003, 102]
    alone = vectors(minilm, **tokens(text))
    np.testing.assert_allclose(vectors(minilm, **tokens([*text, *[0] * 12])), alone, atol=1e-6)


def test_minilm_in_int8_points_where_fp32_points(repository: Path, minilm: bytes) -> None:
    sentence = tokens([101, 1037, 4937, 5683, 2006, 1996, 3409, 102])
    full = vectors(fp32_graph(repository, "text_encoder"), **sentence)
    reduced = vectors(minilm, **sentence)
    assert 0.995 < float((full * reduced).sum()) < 1
    assert np.linalg.norm(reduced, axis=1) == pytest.approx(1, abs=1e-6)


def test_black_picture_is_no_division_by_zero(repository: Path) -> None:
    black = np.zeros((1, 224, 224, 3), dtype=np.uint8)
    full = fp32_graph(repository, "clip_image")
    reduced = vectors(to_int8(full), image=black)
    assert float((vectors(full, image=black) * reduced).sum()) > 0.999
