"""Requests of one execution: grouped by shape, run together, and apart again."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from serving.backends.onnxruntime.batching import Tensors, concatenate, group_by_shape, split


def tokens(batch: int, length: int, value: int = 0) -> Tensors:
    ids = np.full((batch, length), value, dtype=np.int64)
    return {"input_ids": ids, "attention_mask": np.ones_like(ids)}


def test_requests_of_equal_length_form_a_group() -> None:
    requests = [tokens(1, 16), tokens(1, 32), tokens(2, 16), tokens(1, 32)]
    assert group_by_shape(requests) == [[0, 2], [1, 3]]


def test_requests_whose_inputs_disagree_stay_apart() -> None:
    odd = {"input_ids": np.ones((1, 16), np.int64), "attention_mask": np.ones((1, 8), np.int64)}
    assert group_by_shape([tokens(1, 16), odd, tokens(1, 16)]) == [[0, 2], [1]]


def test_inputs_are_joined_along_the_batch() -> None:
    joined = concatenate([tokens(1, 2, value=7), tokens(2, 2, value=8)])
    assert joined["input_ids"].tolist() == [[7, 7], [8, 8], [8, 8]]
    assert joined["attention_mask"].shape == (3, 2)


def test_a_request_alone_is_not_copied() -> None:
    alone = tokens(2, 16)
    assert concatenate([alone])["input_ids"] is alone["input_ids"]


def test_outputs_return_to_their_requests() -> None:
    parts = split({"vector": np.array([[1.0], [2.0], [3.0]])}, [1, 2])
    assert [part["vector"].tolist() for part in parts] == [[[1.0]], [[2.0], [3.0]]]


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=8))
def test_every_request_gets_its_own_rows_back(shapes: list[tuple[int, int]]) -> None:
    requests = [tokens(batch, length, value=index) for index, (batch, length) in enumerate(shapes)]
    seen: dict[int, list[list[int]]] = {}
    for group in group_by_shape(requests):
        members = [requests[index] for index in group]
        parts = split(concatenate(members), [len(inputs["input_ids"]) for inputs in members])
        seen |= {
            index: part["input_ids"].tolist() for index, part in zip(group, parts, strict=True)
        }
    assert seen == {index: inputs["input_ids"].tolist() for index, inputs in enumerate(requests)}
