"""Does the graph compute what torch computes?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from export.cpu import Batch, open_session, run
from export.errors import ParityFailed


@dataclass(frozen=True)
class Tolerance:
    """What must hold for every vector. Cosine hides an error in few components, the largest
    difference of a component does not."""

    min_cosine: float
    max_abs_difference: float


FP32 = Tolerance(min_cosine=0.9999, max_abs_difference=1e-4)


@dataclass(frozen=True)
class Parity:
    """The worst over all vectors compared."""

    min_cosine: float
    max_abs_difference: float
    vectors: int
    tolerance: Tolerance

    @property
    def holds(self) -> bool:
        return (
            self.min_cosine >= self.tolerance.min_cosine
            and self.max_abs_difference <= self.tolerance.max_abs_difference
        )

    def __str__(self) -> str:
        return (
            f"min cosine {self.min_cosine:.7f} (at least {self.tolerance.min_cosine}), "
            f"max difference {self.max_abs_difference:.1e} "
            f"(at most {self.tolerance.max_abs_difference:.0e}), {self.vectors} vectors"
        )


def compare(
    graph: bytes, module: torch.nn.Module, batches: Iterable[Batch], tolerance: Tolerance
) -> Parity:
    """Run ONNX Runtime on the CPU and torch over `batches` of named inputs."""
    session = open_session(graph)
    pairs = [(run(session, batch), _run_torch(module, batch)) for batch in batches]
    ours = np.concatenate([onnx_vectors for onnx_vectors, _ in pairs])
    theirs = np.concatenate([torch_vectors for _, torch_vectors in pairs])
    return measure(ours, theirs, tolerance)


def measure(ours: NDArray[np.float32], theirs: NDArray[np.float32], tolerance: Tolerance) -> Parity:
    """Compare two arrays of vectors [count, dimension]; NaN counts as total disagreement."""
    dots = np.sum(ours.astype(np.float64) * theirs, axis=1)
    norms = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    with np.errstate(invalid="ignore"):
        cosines = np.nan_to_num(dots / norms, nan=-1.0)
    differences = np.nan_to_num(np.abs(ours - theirs), nan=np.inf)
    return Parity(float(cosines.min()), float(differences.max()), len(ours), tolerance)


def require(model: str, parity: Parity) -> None:
    """Raise ParityFailed unless `parity` holds."""
    if not parity.holds:
        raise ParityFailed(
            f"{model}: the ONNX graph does not compute what torch computes: {parity}; "
            "the repository is unchanged, try the pinned versions of torch and onnxruntime"
        )


def _run_torch(module: torch.nn.Module, batch: Batch) -> NDArray[np.float32]:
    with torch.inference_mode():
        return module(**batch).numpy()
