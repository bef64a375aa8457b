"""The canary's inputs, made from a model's configuration."""

from io import BytesIO

import numpy as np
from PIL import Image

from serving.canary import canary_inputs


def test_a_string_input_gets_what_its_name_asks_for() -> None:
    names = ("bytes", "text", "model")
    config = {
        "max_batch_size": 4,
        "input": [{"name": name, "data_type": "TYPE_STRING", "dims": ["1"]} for name in names],
    }
    image, text, model = canary_inputs(config, "clip_image")
    assert [tensor.shape for tensor in (image, text, model)] == [[1, 1]] * 3
    with Image.open(BytesIO(image.data[4:])) as opened:
        assert opened.size == (64, 64)
    assert int.from_bytes(image.data[:4], "little") == len(image.data) - 4
    assert (text.data, model.data) == (b"\x06\0\0\0canary", b"\x0a\0\0\0clip_image")


def test_a_numeric_input_is_ones_of_its_shape() -> None:
    config = {
        "max_batch_size": 0,
        "input": [{"name": "input_ids", "data_type": "TYPE_INT64", "dims": ["2", "-1"]}],
    }
    (tensor,) = canary_inputs(config, None)
    assert (tensor.datatype, tensor.shape) == ("INT64", [2, 16])
    assert np.frombuffer(tensor.data, np.int64).tolist() == [1] * 32
