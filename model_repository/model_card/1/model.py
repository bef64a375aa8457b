"""The `model_card` model: `model` STRING [1] -> `card` STRING [1], that model's fingerprint."""

import numpy as np

from serving.backends.answering import Outputs, Request, Response, answer_each, read
from serving.backends.parameters import ModelContext
from serving.cards import find_card, read_cards


class TritonPythonModel:
    """Tells callers which weights are served, from the `fingerprint.json` of every model."""

    def initialize(self, args: dict[str, str]) -> None:
        self._cards = read_cards(ModelContext.from_args(args).folder.parent)

    def execute(self, requests: list[Request]) -> list[Response]:
        return answer_each(requests, self._infer)

    def _infer(self, request: Request) -> Outputs:
        cards = [[find_card(self._cards, name)] for name in read(request, "model")[:, 0]]
        return {"card": np.array(cards, dtype=np.object_)}
