"""Stands in for Triton's native `onnxruntime` backend where that is not at hand."""

from collections.abc import Sequence
from typing import Any

from serving.backends.answering import Request, Response, answer, read, refuse
from serving.backends.core_gate import ALL_CORES, CoreGate
from serving.backends.onnxruntime.batching import Tensors, concatenate, group_by_shape, split
from serving.backends.onnxruntime.running import NamedDimensions, run
from serving.backends.onnxruntime.session import open_session
from serving.backends.parameters import ModelContext


class TritonPythonModel:
    """Runs `<version>/model.onnx`; the requests of an execution run together where they fit."""

    def initialize(self, args: dict[str, str]) -> None:
        context = ModelContext.from_args(args)
        self._session = open_session(context)
        self._dimensions = NamedDimensions.of_session(self._session)
        self._gate = CoreGate.from_environment()
        self._threads = context.integer("intra_op_thread_count", 0) or ALL_CORES
        self._input_names = [tensor["name"] for tensor in context.config["input"]]
        self._output_names = [tensor["name"] for tensor in context.config["output"]]

    def execute(self, requests: list[Request]) -> list[Response]:
        with self._gate.hold(self._threads):
            return self._answer_all(requests)

    def _answer_all(self, requests: Sequence[Request]) -> list[Response]:
        inputs = [{name: read(request, name) for name in self._input_names} for request in requests]
        responses: list[Response] = [None] * len(requests)
        for group in group_by_shape(inputs):
            answers = self._answer([inputs[index] for index in group])
            for index, response in zip(group, answers, strict=True):
                responses[index] = response
        return responses

    def _answer(self, group: Sequence[Tensors]) -> list[Response]:
        batch_sizes = [len(inputs[self._input_names[0]]) for inputs in group]
        try:
            outputs = self._run(concatenate(group))
            return [answer(part) for part in split(outputs, batch_sizes)]
        except Exception as error:  # noqa: BLE001 - it becomes the answer
            if len(group) == 1:
                return [refuse(error)]
            # One request's values broke the run: each runs alone, so that only it fails.
            return [response for inputs in group for response in self._answer([inputs])]

    def _run(self, inputs: Tensors) -> dict[str, Any]:
        self._dimensions.check(inputs)
        return run(self._session, self._output_names, inputs)
