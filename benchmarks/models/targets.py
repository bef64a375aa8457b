"""The targets of the model repository, each measured in rounds that alternate what they compare."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

RATIO_AT_LEAST = 0.90
OVERHEAD_AT_MOST_MS = 3.0
OCR_AT_MOST_MS = 300.0

_REACHED = "reached"
_NOT_REACHED = "not reached"


@dataclass(frozen=True)
class Target:
    """A target and what was measured.

    Attributes:
        measured: the median with its unit, and the rounds that it is of.
        bound: what it should be.
        reached: None where nothing was measured.
    """

    name: str
    measured: str
    bound: str
    reached: bool | None

    @property
    def verdict(self) -> str:
        if self.reached is None:
            return "not measured"
        return _REACHED if self.reached else _NOT_REACHED


def ratio_target(model: str, ratios: Sequence[float]) -> Target:
    """Throughput through Triton ÷ bare ONNX Runtime, one ratio a round."""
    name = f"{model} through Triton ÷ bare ONNX Runtime, throughput at concurrency 4"
    value = median(ratios) if ratios else 0.0
    return _target(name, ratios, f"{value:.2f}", f"≥ {RATIO_AT_LEAST:.2f}", value >= RATIO_AT_LEAST)


def overhead_target(ensemble: str, overheads_ms: Sequence[float]) -> Target:
    """An ensemble's p50 minus the sum of its parts' p50 at concurrency 1, one a round."""
    value = median(overheads_ms) if overheads_ms else 0.0
    return _target(
        f"{ensemble} beyond its parts, p50 at concurrency 1",
        overheads_ms,
        f"{value:.2f} ms",
        f"≤ {OVERHEAD_AT_MOST_MS:g} ms",
        value <= OVERHEAD_AT_MOST_MS,
    )


def ocr_target(p50s_ms: Sequence[float]) -> Target:
    """OCR of memes of 800 × 600, p50 at concurrency 1, one a round."""
    value = median(p50s_ms) if p50s_ms else 0.0
    return _target(
        "ocr on 800 × 600 memes, p50 at concurrency 1",
        p50s_ms,
        f"{value:.0f} ms",
        f"≤ {OCR_AT_MOST_MS:g} ms",
        value <= OCR_AT_MOST_MS,
    )


def _target(name: str, rounds: Sequence[float], figure: str, bound: str, reached: bool) -> Target:
    if not rounds:
        return Target(name, "–", bound, None)
    listed = ", ".join(f"{value:.2f}" for value in rounds)
    return Target(name, f"{figure} (rounds: {listed})", bound, reached)
