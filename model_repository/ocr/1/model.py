"""The `ocr` model: `bytes` STRING [1] -> `text`, `confidence`, `box`, one entry a line."""

import os

import numpy as np

from serving.backends.answering import Outputs, Request, Response, answer_each, read
from serving.backends.core_gate import CoreGate
from serving.backends.image.decoding import decode
from serving.backends.parameters import ModelContext
from serving.ocr.engines import open_engine
from serving.ocr.lines import reading_order
from serving.ocr.settings import OcrSettings


class TritonPythonModel:
    """Reads pictures by the engine that the setting `engine` names."""

    def initialize(self, args: dict[str, str]) -> None:
        context = ModelContext.from_args(args)
        self._settings = OcrSettings.read(context.parameters, os.environ)
        on_gpu = context.instance_kind == "GPU"
        self._gate = CoreGate(None) if on_gpu else CoreGate.from_environment()
        self._engine = open_engine(
            self._settings, gpu=int(args["model_instance_device_id"]) if on_gpu else None
        )

    def execute(self, requests: list[Request]) -> list[Response]:
        with self._gate.hold(self._settings.thread_count):
            return answer_each(requests, self._infer)

    def _infer(self, request: Request) -> Outputs:
        image = decode(read(request, "bytes")[0, 0], self._settings.max_pixels)
        found = self._engine.read(image)
        lines = reading_order(
            [line for line in found if line.confidence >= self._settings.min_confidence]
        )
        # The first dimension is the batch, of one picture.
        return {
            "text": np.array([[line.text.encode() for line in lines]], dtype=np.object_),
            "confidence": np.array([[line.confidence for line in lines]], dtype=np.float32),
            "box": np.array([line.box for line in lines], dtype=np.float32).reshape(1, -1, 4, 2),
        }
