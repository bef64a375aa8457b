"""Calls of models that may fail without failing the whole."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from orchestrator.errors import InferenceUnavailable

T = TypeVar("T")


class Attempts:
    """`failures` by modality, in the order in which they came."""

    def __init__(self) -> None:
        self.failures: dict[str, InferenceUnavailable] = {}

    async def run(self, modality: str, call: Callable[[], Awaitable[T]]) -> T | None:
        """The answer of `call`, or None after noting that `modality` could not be had."""
        try:
            return await call()
        except InferenceUnavailable as exc:
            self.failures[modality] = exc
            return None
