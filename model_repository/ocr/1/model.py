"""The `ocr` model: `bytes` STRING [1] -> `text`, `confidence`, `box`, one entry a line."""

import numpy as np

from serving.backends.answering import Outputs, Request, Response, answer_each, read
from serving.backends.image.decoding import DEFAULT_MAX_PIXELS, decode
from serving.backends.parameters import ModelContext
from serving.ocr.engines import open_engine
from serving.ocr.lines import reading_order


class TritonPythonModel:
    """Reads pictures by the engine that the parameter `engine` names."""

    def initialize(self, args: dict[str, str]) -> None:
        context = ModelContext.from_args(args)
        self._max_pixels = context.integer("max_pixels", DEFAULT_MAX_PIXELS, minimum=1)
        self._engine = open_engine(
            context.parameters.get("engine", "rapidocr"),
            context.integer("thread_count", 1, minimum=1),
        )

    def execute(self, requests: list[Request]) -> list[Response]:
        return answer_each(requests, self._infer)

    def _infer(self, request: Request) -> Outputs:
        image = decode(read(request, "bytes")[0, 0], self._max_pixels)
        lines = reading_order(self._engine.read(image))
        # The first dimension is the batch, of one picture.
        return {
            "text": np.array([[line.text.encode() for line in lines]], dtype=np.object_),
            "confidence": np.array([[line.confidence for line in lines]], dtype=np.float32),
            "box": np.array([line.box for line in lines], dtype=np.float32).reshape(1, -1, 4, 2),
        }
