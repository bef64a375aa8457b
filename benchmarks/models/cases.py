"""Real requests for every model: pictures, captions, and what the models before it make of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.inputs import meme
from benchmarks.models.errors import BenchmarkError
from benchmarks.models.inputs import Request
from orchestrator.deadline import Deadline
from orchestrator.inference.triton import Tensor, TritonClient
from quickstart.samples import load_posts
from serving.model_config import ModelConfig, read_config
from serving.repository import read_repository
from serving.weights import GRAPH

_PICTURES = 16
_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Source:
    """Where a model within an ensemble gets its inputs.

    Attributes:
        model: the model before it.
        outputs: that model's output by this model's input.
    """

    model: str
    outputs: Mapping[str, str]


class Catalogue:
    """The models of a repository, and how ensembles connect them."""

    def __init__(self, repository: Path) -> None:
        models = read_repository(repository)
        self.configs: dict[str, ModelConfig] = {
            model.name: read_config(model.config_path("cpu")) for model in models
        }
        self.graphs = {
            model.name: model.graph_folders()[-1] / GRAPH
            for model in models
            if model.graph_folders()
        }

    def parts(self, model: str) -> tuple[str, ...]:
        """The models of an ensemble; none of any other model."""
        return tuple(step.model_name for step in self.configs[model].ensemble_scheduling.step)

    def source(self, model: str) -> Source | None:
        """Who feeds the model in the first ensemble that feeds it from another model."""
        for config in self.configs.values():
            steps = config.ensemble_scheduling.step
            for step in (step for step in steps if step.model_name == model):
                for before in steps:
                    made = {tensor: output for output, tensor in before.output_map.items()}
                    if all(tensor in made for tensor in step.input_map.values()):
                        outputs = {name: made[tensor] for name, tensor in step.input_map.items()}
                        return Source(before.model_name, outputs)
        return None


class Cases:
    """Makes each model's requests, through the served models that come before it."""

    def __init__(self, catalogue: Catalogue, client: TritonClient) -> None:
        self._catalogue = catalogue
        self._client = client

    async def requests(self, model: str) -> list[Request]:
        """A model's requests; the same pictures and texts lie behind those of all models.

        Raises:
            BenchmarkError: nothing real is known for the model's inputs.
        """
        inputs = {tensor.name for tensor in self._catalogue.configs[model].input}
        if inputs == {"bytes"}:
            # What a target is stated for: memes of 800 × 600.
            return _strings("bytes", memes() if model == "ocr" else pictures())
        if inputs == {"text"}:
            return _strings("text", [text.encode() for text in texts()])
        if inputs == {"model"}:
            return _strings("model", [name.encode() for name in sorted(self._catalogue.graphs)])
        source = self._catalogue.source(model)
        if source is None:
            raise BenchmarkError(f"no real inputs are known for {model}: {', '.join(inputs)}")
        return [
            await self._answer(source, request) for request in await self.requests(source.model)
        ]

    async def _answer(self, source: Source, request: Request) -> Request:
        batch = {name: tensor[None] for name, tensor in request.items()}
        outputs = tuple(source.outputs.values())
        answer = await self._client.infer(source.model, batch, outputs, Deadline.after(_TIMEOUT_S))
        return {name: answer[output][0] for name, output in source.outputs.items()}


def memes() -> list[bytes]:
    """JPEG files of 800 × 600 with two lines of text each."""
    return [meme(number) for number in range(_PICTURES // 2)]


def pictures() -> list[bytes]:
    """Memes, and as many of the sample pictures."""
    files = [post.file.read_bytes() for post in load_posts() if post.file is not None]
    return memes() + files[: _PICTURES // 2]


def texts() -> list[str]:
    """The captions of the sample posts, every other one with words as OCR reads them off memes."""
    captions = [post.caption for post in load_posts() if post.caption is not None]
    words = "WHEN TEST NUMBER {}\nFINALLY PASSES"
    return [
        f"{caption}\n{words.format(number)}" if number % 2 else caption
        for number, caption in enumerate(captions)
    ]


def _strings(name: str, elements: Sequence[bytes]) -> list[Request]:
    return [{name: _string(element)} for element in elements]


def _string(element: bytes) -> Tensor:
    return np.array([element], dtype=np.object_)
