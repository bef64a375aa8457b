"""One benchmark: the table of all points, then the rounds behind the targets."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from benchmarks.models.analyzer import Analyzer, Point
from benchmarks.models.bare import BareModel, BareRun
from benchmarks.models.cases import Cases, Catalogue
from benchmarks.models.errors import NoMeasurementError
from benchmarks.models.inputs import Request, write_inputs
from benchmarks.models.results import Row
from benchmarks.models.targets import Target, ocr_target, overhead_target, ratio_target
from orchestrator.inference.triton import TritonAddress, TritonClient

RATIO_MODELS = ("clip_image", "text_encoder")
RATIO_CONCURRENCY = 4
RATIO_ROUNDS = 5
ALONE_ROUNDS = 5


class Session:
    """A served repository under measurement.

    Args:
        folder: where input data files are written.
        cores: how many threads bare ONNX Runtime gets.
    """

    def __init__(self, analyzer: Analyzer, catalogue: Catalogue, folder: Path, cores: int) -> None:
        self._analyzer = analyzer
        self._catalogue = catalogue
        self._folder = folder
        self._cores = cores
        self._requests: dict[str, list[Request]] = {}
        self._bare: dict[str, BareModel] = {}

    def prepare(self, models: Sequence[str]) -> None:
        """Makes the requests of the models and of their parts, and writes their input files."""
        wanted = {part for model in models for part in (model, *self._catalogue.parts(model))}
        self._requests = asyncio.run(self._make_requests(sorted(wanted)))
        for model, requests in self._requests.items():
            write_inputs(self._inputs(model), requests)
            write_inputs(self._first_input(model), requests[:1])

    def rows(
        self, models: Sequence[str], protocols: Sequence[str], concurrencies: Sequence[int]
    ) -> Iterator[Row]:
        """Every point, in turns with bare ONNX Runtime where the model is a graph."""
        for model in models:
            for concurrency in concurrencies:
                bare = self._bare_run(model, concurrency)
                for protocol in protocols:
                    yield self._row(Point(model, protocol, concurrency), bare)

    def targets(self, models: Sequence[str], protocol: str) -> Iterator[Target]:
        """The targets that concern the models."""
        for model in models:
            if model in RATIO_MODELS:
                yield ratio_target(model, _rounds(RATIO_ROUNDS, self._ratio, model, protocol))
            if self._catalogue.parts(model):
                rounds = _rounds(ALONE_ROUNDS, self._overhead_ms, model, protocol)
                yield overhead_target(model, rounds)
            if model == "ocr":
                yield ocr_target(_rounds(ALONE_ROUNDS, self._alone_ms, model, protocol))

    def _row(self, point: Point, bare: BareRun | None) -> Row:
        try:
            return Row(point, self._analyzer.measure(point, self._inputs(point.model)), bare)
        except NoMeasurementError as error:
            return Row(point, None, bare, str(error))

    def _ratio(self, model: str, protocol: str) -> float:
        point = Point(model, protocol, RATIO_CONCURRENCY)
        through_triton = self._analyzer.measure(point, self._inputs(model)).throughput
        bare = self._bare_run(model, RATIO_CONCURRENCY)
        if bare is None:
            raise NoMeasurementError(f"{model} has no graph to run without Triton")
        return through_triton / bare.throughput

    def _overhead_ms(self, ensemble: str, protocol: str) -> float:
        whole_ms, *parts_ms = (
            self._analyzer.measure(Point(model, protocol, 1), self._first_input(model)).p50_ms
            for model in (ensemble, *self._catalogue.parts(ensemble))
        )
        return whole_ms - sum(parts_ms)

    def _alone_ms(self, model: str, protocol: str) -> float:
        return self._analyzer.measure(Point(model, protocol, 1), self._inputs(model)).p50_ms

    def _bare_run(self, model: str, concurrency: int) -> BareRun | None:
        if model not in self._catalogue.graphs:
            return None
        if model not in self._bare:
            graph = self._catalogue.graphs[model]
            self._bare[model] = BareModel(graph, self._requests[model], self._cores)
        return self._bare[model].measure(concurrency, self._analyzer.measurement_s)

    async def _make_requests(self, models: Sequence[str]) -> dict[str, list[Request]]:
        client = TritonClient(TritonAddress(self._analyzer.urls["grpc"]))
        cases = Cases(self._catalogue, client)
        try:
            return {model: await cases.requests(model) for model in models}
        finally:
            await client.close()

    def _inputs(self, model: str) -> Path:
        return self._folder / f"{model}.json"

    def _first_input(self, model: str) -> Path:
        """One request alone, so that the medians of an ensemble and its parts add up."""
        return self._folder / f"{model}-first.json"


def _rounds(
    number: int, measure: Callable[[str, str], float], model: str, protocol: str
) -> list[float]:
    """So many measurements; those that failed are left out."""
    rounds = []
    for _ in range(number):
        with suppress(NoMeasurementError):
            rounds.append(measure(model, protocol))
    return rounds
