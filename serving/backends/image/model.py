"""The `image` backend: `bytes` STRING [batch, 1] -> `image` UINT8 [batch, height, width, 3]."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from serving.backends.answering import Outputs, Request, Response, answer_each, read
from serving.backends.core_gate import CoreGate
from serving.backends.image.decoding import DEFAULT_MAX_PIXELS, decode
from serving.backends.image.preprocessing import Pixels, Preprocessing
from serving.backends.parameters import ModelContext


class TritonPythonModel:
    """Decodes and preprocesses images as the exported `preprocess.json` of the model says.

    Parameters: `max_pixels` of an image, `thread_count` that decode a batch.
    """

    def initialize(self, args: dict[str, str]) -> None:
        context = ModelContext.from_args(args)
        self._max_pixels = context.integer("max_pixels", DEFAULT_MAX_PIXELS, minimum=1)
        self._preprocessing = Preprocessing.from_file(context.version_folder / "preprocess.json")
        self._thread_count = context.integer("thread_count", 1, minimum=1)
        # Pillow gives up the GIL while it decodes and resizes.
        self._threads = ThreadPoolExecutor(self._thread_count)
        self._gate = CoreGate.from_environment()

    def execute(self, requests: list[Request]) -> list[Response]:
        with self._gate.hold(min(self._thread_count, len(requests))):
            return answer_each(requests, self._infer, self._threads.map)

    def finalize(self) -> None:
        self._threads.shutdown()

    def _infer(self, request: Request) -> Outputs:
        images = [self._preprocess(data) for data in read(request, "bytes")[:, 0]]
        return {"image": np.stack(images)}

    def _preprocess(self, data: bytes) -> Pixels:
        return self._preprocessing.apply(decode(data, self._max_pixels))
