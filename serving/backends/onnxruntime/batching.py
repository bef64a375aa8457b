"""Requests of one execution -> runs of equal shapes, and their outputs apart again."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Tensors = Mapping[str, npt.NDArray[Any]]


def group_by_shape(requests: Sequence[Tensors]) -> list[list[int]]:
    """Indices of the requests whose inputs differ in nothing but the batch dimension.

    Groups come in the order of their first request.
    """
    groups: dict[tuple[object, ...], list[int]] = {}
    for index, inputs in enumerate(requests):
        key = tuple(
            (name, inputs[name].dtype.str, inputs[name].shape[1:]) for name in sorted(inputs)
        )
        groups.setdefault(key, []).append(index)
    return list(groups.values())


def concatenate(requests: Sequence[Tensors]) -> dict[str, npt.NDArray[Any]]:
    """Joins the inputs of requests of one group along the batch dimension."""
    first = requests[0]
    if len(requests) == 1:
        return dict(first)
    return {name: np.concatenate([inputs[name] for inputs in requests]) for name in first}


def split(outputs: Tensors, batch_sizes: Sequence[int]) -> list[dict[str, npt.NDArray[Any]]]:
    """Cuts outputs along the batch dimension, one part for each of `batch_sizes`."""
    ends = np.cumsum(batch_sizes)
    parts = {name: np.split(array, ends[:-1]) for name, array in outputs.items()}
    return [{name: parts[name][index] for name in outputs} for index in range(len(batch_sizes))]
