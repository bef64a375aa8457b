"""A canary: the smallest inference that proves a model answers.

Triton's readiness stays positive when a Python model's process has died, so only this tells.
"""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from serving.triton_http import InputTensor, TritonHttp, bytes_element

_TEXT = b"canary"
_IMAGE_SIDE_PX = 64
# What a dimension of any length is given, such as tokens.
_FREE_DIMENSION = 16

_NUMPY_TYPES = {
    "TYPE_UINT8": np.uint8,
    "TYPE_INT32": np.int32,
    "TYPE_INT64": np.int64,
    "TYPE_FP16": np.float16,
    "TYPE_FP32": np.float32,
}


def canary_inputs(config: Mapping[str, Any], known_model: str | None) -> list[InputTensor]:
    """Inputs of batch size 1 that the model of this configuration must be able to answer.

    Args:
        config: the model's configuration as Triton reports it.
        known_model: a model that `model_card` has a card of.
    """
    texts = {"bytes": _blank_image(), "text": _TEXT, "model": (known_model or "").encode()}
    batch = [1] if int(config.get("max_batch_size", 0)) > 0 else []
    return [_input(tensor, batch, texts) for tensor in config["input"]]


def run_canary(triton: TritonHttp, model: str, known_model: str | None, timeout_s: float) -> None:
    """Runs a canary inference of a loaded model.

    Raises:
        TritonHttpError: the model does not answer.
    """
    triton.infer(model, canary_inputs(triton.config(model), known_model), timeout_s)


def _input(tensor: Mapping[str, Any], batch: list[int], texts: Mapping[str, bytes]) -> InputTensor:
    dims = [int(size) for size in tensor["dims"]]
    shape = batch + [_FREE_DIMENSION if size == -1 else size for size in dims]
    if tensor["data_type"] == "TYPE_STRING":
        data = bytes_element(texts.get(tensor["name"], _TEXT)) * int(np.prod(shape))
        return InputTensor(tensor["name"], "BYTES", shape, data)
    array = np.ones(shape, dtype=_NUMPY_TYPES[tensor["data_type"]])
    datatype = tensor["data_type"].removeprefix("TYPE_")
    return InputTensor(tensor["name"], datatype, shape, array.tobytes())


def _blank_image() -> bytes:
    file = BytesIO()
    Image.new("RGB", (_IMAGE_SIDE_PX, _IMAGE_SIDE_PX), "white").save(file, "PNG")
    return file.getvalue()
